/** Gate: a paused router refuses everything, and says who paused it. */
import { HeadgateError } from '../core/errors.ts'
import type { Gate } from '../core/gate.ts'

export const pauseGate: Gate = {
  name: 'pause',
  admit(request, situation) {
    if (situation.paused)
      throw new HeadgateError('paused', 'Headgate is paused: all requests are refused.', {
        reason: 'paused',
        howToFix: 'Resume it in the menu bar or in the control panel.',
      })
    return request
  },
}

/** Who calls, known before the body is parsed; then the gates in the order in which a request passes them. A new gate is one file and one line here. */
import type { AdmissionRequest, AdmissionSituation, Gate } from '../core/gate.ts'
import { pauseGate } from './pause.ts'

export { identify } from './keys.ts'

export const gates: readonly Gate[] = [pauseGate]

/** Passes a request through every gate. Throws the refusal of the first that refuses. */
export function admit(request: AdmissionRequest, situation: AdmissionSituation): AdmissionRequest {
  return gates.reduce((passed, gate) => gate.admit(passed, situation), request)
}

import fastify from 'fastify'
import { expect, test } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { addPublicRoutes, type PublicParts } from '../../../router/http/public-routes.ts'

test.each([
  ['with the message for who may see inside', true, { file: 'models.yaml', line: 3, message: 'lab at http://10.0.0.7 has no kind' }],
  ['with the place alone for everybody else', false, { file: 'models.yaml', line: 3 }],
])('/health shows a fault of the configuration %s', async (_, mayLook, expected) => {
  const app = fastify()
  addPublicRoutes(app, {
    health: () => ({ status: 'degraded', config_error: { file: 'models.yaml', line: 3, message: 'lab at http://10.0.0.7 has no kind' } }),
    checkInside: () => {
      if (!mayLook) throw new HeadgateError('unauthenticated', 'A key is required.')
    },
  } as unknown as PublicParts)
  const reply = await app.inject('/health')
  expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'degraded', config_error: expected }])
  await app.close()
})

/** The control panel: static files of the built renderer, without secrets, with a strict content policy. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const notBuilt =
  '<!doctype html><meta charset="utf-8"><title>Headgate</title><p>Headgate is running. Its control panel is not built yet: run <code>npm start</code> once.'

export async function addPanelRoutes(app: FastifyInstance, folder: string): Promise<void> {
  const page = join(folder, 'index.html')
  app.get('/', async (_request, reply) => {
    reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': contentPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    return existsSync(page) ? readFileSync(page) : notBuilt
  })
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'ignore',
    immutable: true,
    maxAge: '365d',
    setHeaders: (response) => void response.header('x-content-type-options', 'nosniff'),
  })
}

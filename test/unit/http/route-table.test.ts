/** Which methods a path has, as it came. */
import { expect, it } from 'vitest'
import { createRouteTable } from '../../../router/http/route-table.ts'

function table() {
  const routes = createRouteTable()
  routes.add('GET', '/v1/models')
  routes.add(['GET', 'HEAD'], '/v1/models/*')
  routes.add('PATCH', '/admin/models/:name')
  routes.add('DELETE', '/admin/models/:name')
  routes.add('GET', '/a.b')
  return routes
}

it.each([
  ['/v1/models', ['GET']],
  ['/v1/models/m', ['GET', 'HEAD']],
  ['/v1/models/a/b', ['GET', 'HEAD']],
  ['/admin/models/a%2Fb', ['PATCH', 'DELETE']],
  ['/a.b', ['GET']],
])('knows %s', (path, methods) => {
  expect(table().methodsOf(path)).toEqual(methods)
})

it.each(['/v1/models/', '/V1/models', '/v1//models', '/admin/models/', '/admin/models/a/b', '/aXb', '/', '', '/v1/modelsx', 'x/v1/models'])(
  'does not know %j',
  (path) => {
    expect(table().methodsOf(path)).toBeNull()
  },
)

it('lists every route once, with all its methods', () => {
  expect(table().list()).toEqual([
    { url: '/v1/models', methods: ['GET'] },
    { url: '/a.b', methods: ['GET'] },
    { url: '/v1/models/*', methods: ['GET', 'HEAD'] },
    { url: '/admin/models/:name', methods: ['PATCH', 'DELETE'] },
  ])
})

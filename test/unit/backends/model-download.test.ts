import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { downloadsFrom, openDownload } from '../../../router/backends/model-download.ts'
import { isPublicAddress } from '../../../router/backends/public-address.ts'

const signal = () => AbortSignal.timeout(20_000)

describe('a public address', () => {
  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '127.0.0.1',
      '127.9.9.9',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      '100.127.9.9',
    ],
    ...['198.18.0.1', '198.19.255.255', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', 'fe80::1', 'fd00::1', 'ff02::1'],
    ...['', 'localhost', '127.1', '0x7f000001'],
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('a model download', () => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  const url = (host: string) => `https://${host}:${(server.address() as AddressInfo).port}/model.gguf`
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, resolve)))
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[::]', '0.0.0.0'])('from %s opens no connection', async (host) => {
    const { hostname } = new URL(url(host))
    await expect(downloadsFrom([hostname])(url(host), 0, signal())).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('private address'),
    })
    expect(connections).toBe(0)
  })

  test('from a name that leads to this machine opens no connection', async () => {
    await expect(downloadsFrom(['localhost'])(url('localhost'), 0, signal())).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('private address'),
    })
    expect(connections).toBe(0)
  })

  test.each(['example.com', 'huggingface.co.example.com', 'nothuggingface.co', '8.8.8.8'])(
    'from %s is refused: it is not among the hosts',
    async (host) => {
      await expect(openDownload(`https://${host}/model.gguf`, 0, signal())).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('not among the hosts'),
      })
    },
  )

  test('is by https only', async () => {
    await expect(openDownload('http://huggingface.co/model.gguf', 0, signal())).rejects.toThrow(/https only/)
  })
})

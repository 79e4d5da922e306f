import { expect, test } from 'vitest'
import { asHttpError } from '../../../router/http/http-errors.ts'

const sqlite = (code: string) => Object.assign(new Error('database or disk is full'), { code })

test('a data folder that cannot be written is 503, and a fault of ours stays 500', () => {
  for (const code of ['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_READONLY', 'SQLITE_BUSY'])
    expect(asHttpError(sqlite(code), 1)).toMatchObject({ status: 503, code: 'storage_unavailable', message: expect.stringContaining('full') })
  expect(asHttpError(sqlite('SQLITE_ERROR'), 1)).toMatchObject({ status: 500, code: 'internal_error' })
})

/** Door of the backends: HTTP providers and the engine, behind the one seam. */
export { createEngineBackend } from './engine-backend.ts'
export { createHttpBackend } from './http-backend.ts'
export { openDownload } from './model-download.ts'
export { createTransport, type Transport } from './transport.ts'

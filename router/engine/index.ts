/** Door of the engine: llama.cpp behind one small interface. Importing it loads no native code. */

export { createEngine } from './engine.ts'
export type {
  Engine,
  EngineEvent,
  EngineModelState,
  EngineParts,
  EngineRequest,
  EngineSettings,
  MemoryEstimate,
  ModelPhase,
} from './engine-contract.ts'

/** Finer codes of failures that health acts on: written where the failure happens, read in `health/`. One place, so that the two sides never drift apart. */
export const failureCodes = {
  /** The connection was refused: on this machine nobody listens there. */
  refused: 'upstream_refused',
  /** It only asks for patience: no failure. */
  loading: 'upstream_loading',
  /** The engine's process ended under the request. */
  engineCrashed: 'engine_crashed',
  /** The engine crashed too often and stays off until somebody loads the model. */
  engineOff: 'engine_off',
  agentDown: 'agent_down',
} as const

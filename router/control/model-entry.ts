/** Models and deployments written back as the entries that models.yaml would hold: what is copied to be edited, and what the panel sends with one part changed. */
import type { Deployment, Model } from '../core/deployment.ts'

export type Entry = Readonly<Record<string, unknown>>

/** Without aliases: a name means one model, so that a copy cannot have them too. */
export function entryOfModel(model: Model): Entry {
  return {
    ...(model.remoteShare === null ? {} : { remote_share: model.remoteShare }),
    ...(model.lock ? { lock: model.lock } : {}),
    ...(model.strategy === null ? {} : { strategy: model.strategy }),
    ...(model.fallbacks.length === 0 ? {} : { fallbacks: model.fallbacks }),
    deployments: model.deployments.map(entryOfDeployment),
  }
}

export function entryOfDeployment(deployment: Deployment): Entry {
  const { provider, kind, lane, address, weight, priority, context, price, startDeadlineMs, model } = deployment
  const isEngine = kind === 'engine'
  const listed = Object.entries(deployment.features).flatMap(([name, has]) => (has === true ? [name] : []))
  const isFound = isEngine && !isWritten(deployment.source)
  return {
    provider,
    model: isFound ? model : deployment.upstreamModel,
    ...(lane === (address === 'network' ? 'remote' : 'local') ? {} : { lane }),
    ...(weight === null ? {} : { weight }),
    ...(priority === 0 ? {} : { priority }),
    ...(context === null || isFound ? {} : { context }),
    ...(price === null
      ? {}
      : {
          price: {
            input: price.inputUsdPerMillionTokens,
            output: price.outputUsdPerMillionTokens,
            ...(price.cachedInputUsdPerMillionTokens === undefined ? {} : { cached_input: price.cachedInputUsdPerMillionTokens }),
          },
        }),
    ...(isEngine || Object.values(deployment.features).every((has) => has === null) ? {} : { features: listed }),
    ...(startDeadlineMs === null ? {} : { timeout: startDeadlineMs / 1000 }),
  }
}

/** Of a file or of the panel, not found on the disk. */
export function isWritten(source: string): boolean {
  return source === 'panel' || isOfFile(source)
}

/** `models.yaml:12` */
export function isOfFile(source: string): boolean {
  return /\.ya?ml(:\d+)?$/.test(source)
}

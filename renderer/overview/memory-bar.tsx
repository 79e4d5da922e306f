/** Loaded models against the memory that models may take together. */
import { Meter } from 'react-aria-components/Meter'
import type { DeploymentView, Overview } from '../api/types.ts'
import { strings } from '../strings/index.ts'

const words = strings.lanes

/** `models`: one row per model file of the engine. */
export function MemoryBar({ memory, models }: { readonly memory: Overview['memory']; readonly models: readonly DeploymentView[] }) {
  const loaded = models.filter((model) => model.loaded === true)
  const { used_bytes: used, budget_bytes: budget } = memory
  const text = loaded.length === 0 ? words.memoryTextNone(budget, models.length) : words.memoryText(used, budget, loaded.length, models.length)
  return (
    <div className="memory">
      <div>
        <span className="medium">{words.memory}</span> <span className="quiet-words">{text}</span>
      </div>
      <Meter className="bar" aria-label={words.memory} value={used} maxValue={budget} valueLabel={text}>
        {loaded.map(({ name, memory_bytes }) => (
          <i key={name} style={{ width: `${((memory_bytes ?? 0) / budget) * 100}%` }} />
        ))}
      </Meter>
    </div>
  )
}

/** A program that loads a model in a child, tells the child's process id, and waits to be killed. */
import { startEngine } from './engine-parts.ts'

const under = startEngine()
const file = under.model('orphan')
await under.engine.load(file, null)
process.send?.(under.children[0])
setInterval(() => undefined, 60_000)

import { compiledTillRequest } from '#protocol/lane.ts'
import { compiledReply } from '#protocol/reply.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'

const pauseMs = 10

/** Compiles what the first sale would have to wait for: after the start, one at a time, so that nothing stands still. */
export function warmUp(runtime: Runtime): Cancel {
  const left = [compiledReply, compiledTillRequest]
  let cancel: Cancel = () => {}
  const next = () => {
    const schema = left.shift()
    if (!schema) return
    schema.warm()
    cancel = runtime.after(pauseMs, next)
  }
  cancel = runtime.after(pauseMs, next)
  return () => cancel()
}

import type { ServerResponse } from 'node:http'
import type { TillResponse } from '#protocol/lane.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'

/** One server-sent event (WHATWG HTML, 9.2): JSON has no line breaks of its own. */
export const encodeEvent = (id: string, response: TillResponse): string =>
  `id: ${id}\nevent: ${response.op}\ndata: ${JSON.stringify(response)}\n\n`

/** How many past events a till that comes back can still have. */
const remembered = 200
const mostStreams = 4
/** What a till that does not read may leave unread before it is dropped. */
const maxUnreadBytes = 1_048_576
const beatMs = 15_000

export type EventStreams = ReturnType<typeof createEventStreams>

/** The event streams of one till. */
export function createEventStreams(runtime: Runtime) {
  /** Numbers of an earlier life of the box mean nothing in this one. */
  const life = runtime.uuid().slice(0, 8)
  const past: { number: number; text: string }[] = []
  const streams = new Set<ServerResponse>()
  let last = 0
  let cancelBeat: Cancel = () => {}

  const write = (stream: ServerResponse, text: string) => {
    stream.write(text)
    if (stream.writableLength > maxUnreadBytes) stream.destroy()
  }
  const beat = () => {
    cancelBeat = runtime.after(beatMs, () => {
      for (const stream of streams) write(stream, ':\n\n')
      beat()
    })
  }

  return {
    get full() {
      return streams.size >= mostStreams
    },
    say(response: TillResponse): void {
      last += 1
      const text = encodeEvent(`${life}-${last}`, response)
      past.push({ number: last, text })
      if (past.length > remembered) past.shift()
      for (const stream of streams) write(stream, text)
    },
    /** A till listens: it gets what it has missed since `lastEventId`, then what comes. */
    open(stream: ServerResponse, lastEventId: string | undefined): void {
      const [, known, number] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(lastEventId ?? '') ?? []
      stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      const missed = lastEventId === undefined ? [] : past.filter((one) => known !== life || one.number > Number(number))
      write(stream, `retry: 1000\n\n${missed.map(({ text }) => text).join('')}`)
      if (streams.size === 0) beat()
      streams.add(stream)
      stream.once('close', () => {
        streams.delete(stream)
        if (streams.size === 0) cancelBeat()
      })
    },
    close(): void {
      cancelBeat()
      for (const stream of streams) stream.destroy()
    },
  }
}

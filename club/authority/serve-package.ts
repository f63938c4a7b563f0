import { createReadStream, existsSync, statSync } from 'node:fs'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** So many boxes are brought a package at once; the others come again. */
const atOnce = 20

/**
 * Sends packages of updates to boxes, from any byte on, so that a poor line goes on where it broke off. `fileOf`: where
 * the package of a hash lies; undefined where the club has none.
 */
export function packageSender({ fileOf }: { fileOf(sha256: string): string | undefined }) {
  let sending = 0
  return (request: FastifyRequest, reply: FastifyReply) => {
    const { sha256 } = request.params as { sha256: string }
    const file = /^[0-9a-f]{64}$/.test(sha256) ? fileOf(sha256) : undefined
    if (file === undefined || !existsSync(file))
      return reply.code(404).send({ key: 'update.unknown', message: 'no such package' })
    if (sending >= atOnce)
      return reply
        .code(503)
        .header('retry-after', '60')
        .send({ key: 'update.busy', message: 'many boxes are served; come again' })
    const { size } = statSync(file)
    const { range } = request.headers
    const from = range === undefined ? 0 : Number(/^bytes=(\d{1,12})-$/.exec(range)?.[1] ?? size)
    if (from >= size)
      return reply.code(416).header('content-range', `bytes */${size}`).send({ key: 'update.range', message: 'there is no more' })
    sending += 1
    const stream = createReadStream(file, { start: from })
    // A box that goes away in the midst closes it too.
    stream.once('close', () => {
      sending -= 1
    })
    if (from > 0) reply.code(206).header('content-range', `bytes ${from}-${size - 1}/${size}`)
    return reply
      .header('content-length', size - from)
      .type('application/vnd.debian.binary-package')
      .send(stream)
  }
}

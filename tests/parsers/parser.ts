/** A parser of bytes from outside, as it is tried. */
export interface Parser {
  /** Where it stands, and what it is called there: `drivers/till-tcp/codec.ts parseTillLine`. */
  where: `${string}.ts ${string}`
  /** Valid ones; changed ones are made of them. Of a stream: they follow each other, and each is a whole message. */
  samples: readonly (Uint8Array | string)[]
  /** May throw nothing but a `VafaError`. */
  read(bytes: Buffer): unknown
  /** Of one that cuts a stream: what it gives must not depend on the pieces in which the bytes come. */
  stream?(): { push(bytes: Buffer): readonly unknown[]; end?(): readonly unknown[] }
}

/** For one that reads text: as UTF-8, and as the characters of the bytes, which has every control character. */
export const asText =
  (read: (text: string) => unknown) =>
  (bytes: Buffer): unknown =>
    read(bytes.toString(bytes.length % 2 === 0 ? 'utf8' : 'latin1'))

type Stream = ReturnType<NonNullable<Parser['stream']>>

/** One that cuts a stream into messages. */
export const streaming = (where: Parser['where'], samples: Parser['samples'], stream: () => Stream): Parser => ({
  where,
  samples,
  stream,
  read(bytes) {
    const one = stream()
    return [one.push(bytes), one.end?.()]
  },
})

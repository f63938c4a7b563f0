import { z } from 'zod'
import { name } from '#protocol/ids.ts'
import { keyLengths, macAlgorithms } from '#protocol/iso8583/mac.ts'
import { dialects } from '#protocol/iso8583/message.ts'
import { language } from '#protocol/text.ts'
import { isLoopback } from '#runtime/loopback.ts'

const port = z.int().min(0).max(65_535)

const terminal = z.strictObject({
  terminal: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,8}$/, 'must be 1 to 8 letters and digits, as in DE 41')
    .meta({ description: 'its name, DE 41 of its messages' }),
  lane: name.meta({ description: 'the lane that it serves' }),
  port: port.optional().meta({ description: 'its own port: whoever calls there is this terminal' }),
  certificate: z
    .string()
    .transform((text) => text.replaceAll(':', '').toUpperCase())
    .pipe(z.string().regex(/^[0-9A-F]{64}$/, 'must be the SHA-256 fingerprint of its certificate: 64 hex digits'))
    .optional()
    .meta({ description: "the SHA-256 fingerprint of its TLS certificate: whoever holds that one's key is this terminal" }),
  mac: z
    .strictObject({
      algorithm: z.enum(macAlgorithms).default('aes-cmac'),
      keyFile: z
        .string()
        .min(1)
        .meta({ description: `a file with the key in hex digits: ${lengths()}` }),
    })
    .optional()
    .meta({ description: 'every message must be signed with this key, and every answer is' }),
})
export type TerminalOptions = z.output<typeof terminal>

function lengths(): string {
  return macAlgorithms.map((algorithm) => `${keyLengths[algorithm].join(', ')} bytes for ${algorithm}`).join('; ')
}

export const posIso8583Options = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'the address to listen on' }),
    port: port
      .optional()
      .meta({ description: 'a port for all terminals that are known by certificate or key; 0 takes any free one' }),
    tls: z
      .strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) })
      .optional()
      .meta({ description: "the box's own certificate and key (PEM); then every connection is TLS" }),
    insecure: z.boolean().default(false).meta({
      description: 'must be true for an address that other machines reach without `tls`: members’ numbers in clear text',
    }),
    serial: z
      .strictObject({ path: z.string().min(1), baudRate: z.int().min(300).max(4_000_000).default(9_600) })
      .optional()
      .meta({ description: 'one terminal on a serial line, instead of ports' }),
    messagesPerSecond: z.int().min(1).max(100_000).default(50).meta({
      description: 'of one address, twice as many at once; what comes faster is read later, and nothing of it is lost',
    }),
    bitmap: z.enum(dialects).default('binary').meta({ description: 'how bits are written: as bytes, or as hex digits' }),
    clubPrefixes: z
      .array(z.string().regex(/^\d{1,12}$/, 'must be digits'))
      .max(50)
      .default([])
      .meta({ description: 'how the numbers of the club’s own cards begin; a card with any other number is dropped unread' }),
    language: language.default('fa').meta({ description: 'of what people read on the terminal' }),
    charset: z.enum(['utf-8', 'ascii']).default('utf-8').meta({ description: '`ascii`: English only' }),
    receiptColumns: z.int().min(0).max(80).default(32).meta({ description: 'of the receipt as text; 0: none is sent' }),
    timeZone: z.string().default('Asia/Tehran').meta({ description: 'of the times on a receipt' }),
    answerMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(10_000)
      .meta({ description: 'the longest that a terminal waits for an answer' }),
    terminals: z.array(terminal).min(1).max(64),
  })
  .superRefine((options, context) => {
    const report = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (options.charset === 'ascii' && options.language !== 'en')
      report(['language'], 'must be `en`: ASCII has no Persian letters')
    if (!options.serial && !options.tls && !options.insecure && !isLoopback(options.host))
      report(['host'], 'other machines could read what passes: give `tls`, or write `insecure: true` on a network of its own')
    if (options.serial) {
      if (options.bitmap !== 'hex')
        report(['bitmap'], 'must be `hex` on a serial line: a byte of a binary bitmap could end the frame')
      if (options.terminals.length > 1) report(['terminals'], 'a serial line has one terminal')
      if (options.port !== undefined || options.tls) report(['serial'], 'a device is on a serial line or on ports, not on both')
    }
    for (const key of ['terminal', 'port', 'certificate'] as const) {
      const values = options.terminals.map((one) => one[key]).filter((value) => value !== undefined && value !== 0)
      const repeated = values.find((value, index) => values.indexOf(value) !== index)
      if (repeated !== undefined) report(['terminals'], `two terminals have the ${key} ${repeated}`)
    }
    for (const [index, one] of options.terminals.entries()) {
      if (one.certificate && !options.tls) report(['terminals', index, 'certificate'], 'needs `tls`')
      if (options.serial || one.port !== undefined) continue
      if (!one.certificate && !one.mac)
        report(['terminals', index], 'how is it known? give it a `port` of its own, a `certificate` or a `mac` key')
      if (options.port === undefined) report(['port'], 'is missing: a terminal without a port of its own calls there')
    }
  })
export type PosIso8583Options = z.output<typeof posIso8583Options>

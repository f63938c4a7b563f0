import { z } from 'zod'
import { serialAt } from '#drivers/stream/connection.ts'
import { name } from '#protocol/ids.ts'
import { macAlgorithms } from '#protocol/iso8583/mac.ts'
import { dialects } from '#protocol/iso8583/message.ts'
import { language } from '#protocol/text.ts'
import { moneyShown } from '#protocol/values.ts'
import { isLoopback } from '#runtime/loopback.ts'

const tls = z.strictObject({
  caFile: z.string().min(1).meta({ description: 'who signed the box’s certificate, or that certificate itself (PEM)' }),
  servername: z.string().min(1).optional().meta({ description: 'the name in that certificate, where it is not `host`' }),
  certFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'the terminal’s own certificate (PEM), where the box knows it by that' }),
  keyFile: z.string().min(1).optional().meta({ description: 'the key of that certificate' }),
})

const gateway = z
  .strictObject({
    host: z.string().min(1).optional().meta({ description: 'the box; with `port`, or `serial` in the place of both' }),
    port: z.int().min(1).max(65_535).optional(),
    tls: tls.optional(),
    insecure: z.boolean().default(false).meta({ description: 'allow a connection to another machine without `tls`' }),
    serial: serialAt(9_600).shape.serial.optional(),
    bitmap: z.enum(dialects).optional().meta({ description: 'as at the box; `hex` on a serial line, `binary` elsewhere' }),
    mac: z
      .strictObject({ algorithm: z.enum(macAlgorithms).default('aes-cmac'), keyFile: z.string().min(1) })
      .optional()
      .meta({ description: 'signs every message with the terminal’s key' }),
    answerMs: z
      .int()
      .min(1_000)
      .max(60_000)
      .default(12_000)
      .meta({ description: 'how long an answer is waited for; longer than the box’s own `answerMs`' }),
  })
  .refine((g) => (g.serial === undefined) !== (g.host === undefined), {
    path: ['host'],
    error: 'say where the box is: `host` and `port`, or `serial`, one of the two',
  })
  .refine((g) => (g.host === undefined) === (g.port === undefined), { path: ['port'], error: '`host` and `port` go together' })
  .refine((g) => g.host === undefined || g.insecure || g.tls !== undefined || isLoopback(g.host), {
    path: ['host'],
    error: 'what customers show would pass in the clear; add `tls`, or say `insecure: true` on a network of its own',
  })

/** What a terminal can have: readers, a printer, the customer's display. */
export const agentDrivers = [
  'pcsc',
  'scanner-serial',
  'scanner-hid',
  'scanner-tcp',
  'magstripe-hid',
  'printer-escpos',
  'display-serial',
] as const

export const agentConfig = z
  .strictObject({
    terminal: z
      .string()
      .regex(/^[A-Za-z0-9]{1,8}$/, 'has 1 to 8 letters and digits')
      .meta({ description: 'its name at the box, DE 41' }),
    gateway,
    journal: z.string().min(1).meta({ description: 'a file; it holds what the box does not have yet' }),
    journalKeyFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'what seals in it what customers show; made where it is missing' }),
    timeZone: z.string().default('Asia/Tehran'),
    language: language.default('fa').meta({ description: 'until the service menu has changed it' }),
    moneyShown: moneyShown.default('toman').meta({ description: 'the unit in which amounts are typed and shown' }),
    console: z
      .strictObject({
        columns: z.int().min(16).max(132).default(32).meta({ description: 'at most so many' }),
        rows: z.int().min(6).max(50).default(12).meta({ description: 'at most so many' }),
        bidi: z.enum(['visual', 'logical']).default('visual').meta({
          description: '`visual`: the agent joins and turns Persian letters; `logical`: the terminal does',
        }),
      })
      .prefault({}),
    devices: z
      .array(
        z.strictObject({
          device: name,
          driver: z.enum(agentDrivers),
          options: z.unknown().default({}).meta({ description: "the driver's own" }),
        }),
      )
      .max(16)
      .default([]),
  })
  .superRefine(({ devices }, context) => {
    const names = devices.map(({ device }) => device)
    const repeated = names.findIndex((one, index) => names.indexOf(one) !== index)
    if (repeated >= 0)
      context.addIssue({
        code: 'custom',
        path: ['devices', repeated, 'device'],
        message: `there are two devices “${names[repeated]}”`,
      })
  })
export type AgentConfig = z.infer<typeof agentConfig>

import { z } from 'zod'
import { name } from '#protocol/ids.ts'
import { laneKind } from '#protocol/lane.ts'
import { pageShown } from '#protocol/lane-page.ts'

export const mqttTls = z.strictObject({
  certFile: z.string().min(1).meta({ description: 'PEM: the box’s certificate and those between it and the root' }),
  keyFile: z.string().min(1).meta({ description: 'PEM: its private key' }),
})

/** The box's pages: who may open which lane's, and what they show of the store. */
export const pageOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
  insecure: z.boolean().default(false),
  tls: mqttTls.optional(),
  lanes: z.array(z.strictObject({ lane: name, kind: laneKind, page: z.enum(['loopback', 'paired']) })).max(64),
  shown: pageShown,
})
export type PageOptions = z.infer<typeof pageOptions>

export const tillMqttOptions = z
  .strictObject({
    club: name.meta({ description: 'the club’s name in topics' }),
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535).optional().meta({ description: 'none for tills where it is left out' }),
    insecure: z.boolean().default(false),
    tls: mqttTls.optional(),
    lanes: z.array(z.strictObject({ lane: name, secretFile: z.string().min(1) })).max(64),
    pages: pageOptions.optional(),
  })
  .refine(({ port, pages }) => port !== undefined || pages, { path: ['port'], error: 'needs a `port`, or `pages`' })
export type TillMqttOptions = z.infer<typeof tillMqttOptions>

import { z } from 'zod'
import { name } from '#protocol/ids.ts'

export const mqttTls = z.strictObject({
  certFile: z.string().min(1).meta({ description: 'PEM: the box’s certificate and those between it and the root' }),
  keyFile: z.string().min(1).meta({ description: 'PEM: its private key' }),
})

export const tillMqttOptions = z.strictObject({
  club: name.meta({ description: 'the club’s name in topics' }),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
  insecure: z.boolean().default(false),
  tls: mqttTls.optional(),
  lanes: z.array(z.strictObject({ lane: name, secretFile: z.string().min(1) })).max(64),
})
export type TillMqttOptions = z.infer<typeof tillMqttOptions>

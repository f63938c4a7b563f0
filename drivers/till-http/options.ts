import { z } from 'zod'
import { name } from '#protocol/ids.ts'

const secretFile = z.string().min(1).meta({ description: 'a file that holds nothing but the till’s key, 32 characters or more' })

export const tillHttpOptions = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'the address to listen on' }),
    port: z.int().min(0).max(65_535).meta({ description: '0 takes any free port' }),
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'must be true for an address that other machines reach without `tls`: keys go in clear text' }),
    tls: z
      .strictObject({
        certFile: z.string().min(1).meta({ description: 'PEM: the box’s certificate and those between it and the root' }),
        keyFile: z.string().min(1).meta({ description: 'PEM: its private key' }),
        clientCaFile: z
          .string()
          .min(1)
          .optional()
          .meta({ description: 'PEM: who must have signed the tills’ own certificates; besides the key' }),
      })
      .optional(),
    tills: z
      .array(z.strictObject({ till: name, lane: name, secretFile }))
      .min(1)
      .max(64)
      .refine((tills) => new Set(tills.map(({ till }) => till)).size === tills.length, 'two tills have one name'),
    waitMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(10_000)
      .meta({ description: 'how long a request waits for its last answer; a lane answers within its `budgetMs`' }),
    arriveMs: z
      .int()
      .min(500)
      .max(60_000)
      .default(10_000)
      .meta({ description: 'how long a request may take to arrive; then its line is ended' }),
    requestsPerSecond: z.int().min(1).max(10_000).default(50).meta({ description: 'of one till; twice as many at once' }),
  })
  .meta({ description: 'docs/devices/till-http.md' })
export type TillHttpOptions = z.infer<typeof tillHttpOptions>

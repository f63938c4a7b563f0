import { z } from 'zod'
import { isLoopback } from '../loopback.ts'

export const tracingConfig = z
  .strictObject({
    endpoint: z
      .string()
      .regex(/^https?:\/\/[^/?#@\s]+$/, 'must be http://HOST:PORT or https://HOST:PORT')
      .meta({ description: 'an OpenTelemetry collector that takes OTLP by HTTP; /v1/traces is added' }),
    share: z.number().min(0).max(1).default(1).meta({ description: 'of the purchases, which part is traced' }),
    secretFile: z.string().min(1).optional().meta({ description: 'what is sent as `Authorization`, in a file of its own' }),
    caFile: z.string().min(1).optional().meta({ description: 'who signed the collector’s certificate; else as the system says' }),
    insecure: z.boolean().default(false).meta({ description: 'a collector on a network without TLS' }),
  })
  .refine(({ endpoint, insecure }) => insecure || !endpoint.startsWith('http:') || isLoopback(new URL(endpoint).hostname), {
    path: ['endpoint'],
    error: 'what happens in the store would cross the network in the clear; use https://, or say `insecure: true`',
  })
  .meta({ description: 'OpenTelemetry traces; none where it is left out (docs/metrics.md)' })

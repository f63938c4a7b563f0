import { z } from 'zod'
import { connectionAt } from '../stream/connection.ts'

export const fingerprintR30xOptions = z.strictObject({
  connection: connectionAt(57_600),
  address: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(0xffff_ffff)
    .meta({ description: "the module's address; 0xFFFFFFFF is the factory's" }),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "a file with the module's password as 8 hexadecimal digits; the factory's (00000000) where left out" }),
  security: z
    .int()
    .min(1)
    .max(5)
    .optional()
    .meta({ description: '1 lets most fingers through, 5 fewest; as the sensor has it where left out (mostly 3)' }),
  led: z
    .enum(['none', 'aura'])
    .default('none')
    .meta({ description: '`aura` for the coloured ring of an R503; other models may fall silent at its command' }),
  enrolSeconds: z.number().min(1).max(300).default(15).meta({ description: 'how long a person has for each of the two images' }),
})
export type FingerprintR30xOptions = z.infer<typeof fingerprintR30xOptions>

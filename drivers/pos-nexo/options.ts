import { z } from 'zod'
import { name } from '#protocol/ids.ts'
import { VafaError } from '#runtime/errors.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { partyId } from './header.ts'

const file = z.string().min(1)

/** `AB:CD:…` or `abcd…` → `abcd…` */
const fingerprint = z
  .string()
  .transform((text) => text.replaceAll(':', '').toLowerCase())
  .refine((text) => /^[0-9a-f]{64}$/.test(text), 'must be a SHA-256 fingerprint: 64 hexadecimal digits')

const till = z
  .strictObject({
    saleid: partyId.meta({ description: 'SaleID: what the till calls itself' }),
    poiid: partyId.meta({ description: 'POIID: what the till calls this box' }),
    lane: name.optional().meta({ description: 'the lane where it stands; the device’s own where no till names one' }),
    secretFile: file
      .optional()
      .meta({ description: 'a file with its key, 32 characters or more: `Authorization: Bearer …` or `X-API-Key`' }),
    certificate: fingerprint.optional().meta({ description: 'SHA-256 fingerprint of its TLS certificate' }),
  })
  .refine((t) => t.secretFile === undefined || t.certificate === undefined, 'a till has a key or a certificate, not both')
export type NexoTill = z.infer<typeof till>

export const posNexoOptions = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'the address to listen on' }),
    port: z.int().min(0).max(65_535).default(8_443).meta({ description: '0 takes any free port' }),
    path: z
      .string()
      .regex(/^\/[a-z0-9/-]{0,60}$/, 'must begin with / and have a–z, 0–9 and - only')
      .default('/nexo')
      .meta({ description: 'where requests and WebSockets come in' }),
    tls: z
      .strictObject({
        certFile: file.meta({ description: 'PEM: the box’s certificate, with its chain' }),
        keyFile: file.meta({ description: 'PEM: its private key' }),
        clientCaFile: file.optional().meta({ description: 'PEM: who signs the tills’ certificates' }),
      })
      .optional()
      .meta({ description: 'HTTPS; without it plain HTTP, on this machine only' }),
    tills: z.array(till).min(1).max(64),
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'must be true to listen beyond this machine without TLS, or without a key or certificate a till' }),
    login: z
      .enum(['optional', 'required'])
      .default('optional')
      .meta({ description: '`required`: a till that has not logged in is answered LoggedOut' }),
    waitSeconds: z.int().min(1).max(3_600).default(60).meta({ description: 'how long a till waits for a card by itself' }),
    cardPrefixes: z
      .array(z.string().regex(/^\d{1,19}$/, 'must be digits'))
      .max(20)
      .default([])
      .meta({ description: 'how numbers of the club’s own cards begin; any other PAN or track 2 is dropped unread' }),
    brand: z.string().min(1).max(40).default('Vafa').meta({ description: 'LoyaltyBrand in responses' }),
  })
  .superRefine(({ tills, tls }, context) => {
    const report = (index: number, key: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['tills', index, key], message })
    const poiOfLane = new Map<string | undefined, string>()
    for (const [index, one] of tills.entries()) {
      const named = one.secretFile !== undefined || one.certificate !== undefined
      if (tills.length > 1 && !named) report(index, 'secretFile', 'several tills are told apart by a key or a certificate each')
      if (one.certificate !== undefined && tls?.clientCaFile === undefined)
        report(index, 'certificate', 'certificates of tills need tls.clientCaFile')
      if ((one.lane === undefined) !== (tills[0]?.lane === undefined))
        report(index, 'lane', 'either each till names its lane, or none')
      if (tills.findIndex((t) => t.saleid === one.saleid && t.poiid === one.poiid) !== index)
        report(index, 'saleid', `there are two tills “${one.saleid}” at “${one.poiid}”`)
      const poi = poiOfLane.get(one.lane) ?? one.poiid
      poiOfLane.set(one.lane, poi)
      if (poi !== one.poiid) report(index, 'poiid', 'a lane is one POI: its tills call it by the same POIID')
    }
  })
export type PosNexoOptions = z.infer<typeof posNexoOptions>

/** Beyond the machine itself, a till must be known by what only it has, and nobody may listen; else somebody must have meant it. */
export function refuseOpenNetwork({ host, port, insecure, tls, tills }: PosNexoOptions): void {
  if (isLoopback(host) || insecure) return
  const known = tills.every((one) => one.secretFile !== undefined || one.certificate !== undefined)
  if (tls && known) return
  throw new VafaError({
    key: 'device.insecure',
    message: `nexo port ${host}:${port}: other machines could reach it ${tls ? 'and be any till' : 'and listen'}`,
    hint: tls
      ? 'give each till a `secretFile` or a `certificate`, or write `insecure: true` on a network of its own'
      : 'give `tls` and a `secretFile` or `certificate` for each till, listen on 127.0.0.1, or write `insecure: true` on a network of its own',
  })
}

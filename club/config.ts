import { z } from 'zod'
import { name } from '#protocol/ids.ts'
import { localised } from '#protocol/text.ts'
import { moneyShown } from '#protocol/values.ts'
import { brokerLimits } from '#runtime/broker-guard.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { tracingConfig } from '#runtime/tracing/config.ts'
import { watchConfig } from '#runtime/watch-server.ts'
import { place, velocityConfig } from './fraud/rules.ts'
import { offlineTerms } from './offline-terms.ts'

const listen = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535).default(1883),
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'listen on a network without TLS: passwords and sales in the clear' }),
  })
  .refine((l) => l.insecure || isLoopback(l.host), {
    path: ['host'],
    error: 'stores would send secrets and sales in the clear over the network; listen on 127.0.0.1, or say `insecure: true`',
  })

const postgres = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'a name, an address, or the folder of its unix socket' }),
    port: z.int().min(1).max(65_535).default(5432),
    database: z.string().min(1),
    user: z.string().min(1),
    passwordFile: z.string().min(1).optional().meta({ description: 'left out where the server knows the user by the socket' }),
    tls: z
      .strictObject({
        caFile: z
          .string()
          .min(1)
          .optional()
          .meta({ description: 'who may sign the server’s certificate; else as the system says' }),
      })
      .optional()
      .meta({ description: 'encrypt, and check that the certificate is made out to `host`' }),
    insecure: z.boolean().default(false).meta({ description: 'a server on a network without TLS' }),
  })
  .refine((p) => p.tls !== undefined || p.insecure || isLoopback(p.host) || p.host.startsWith('/'), {
    path: ['host'],
    error: 'sales and the password would cross the network in the clear; say `tls: {}`, or `insecure: true`',
  })

const reached = (port: number, what: string) =>
  z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: z.int().min(0).max(65_535).default(port) })
    .prefault({})
    .meta({ description: what })

const trust = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('trust')
    .meta({ description: 'the club’s authority (vafa club trust init makes it); back it up' }),
  names: z
    .array(z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host name or an address'))
    .min(1)
    .max(20)
    .meta({ description: 'host names and addresses by which boxes know the club' }),
  listen: reached(8883, 'MQTT over TLS 1.3, for boxes that show a certificate of this club'),
  enrolment: reached(8884, 'HTTPS, where boxes get and renew their certificates'),
})

const broker = z.strictObject({
  mosquitto: z.strictObject({
    url: z
      .string()
      .regex(/^mqtts:\/\/[^/?#@]+$/, 'must be mqtts://HOST:PORT')
      .meta({ description: 'the listener that is the club’s' }),
    files: z
      .string()
      .min(1)
      .default('mosquitto')
      .meta({ description: 'the folder that `vafa club broker-config` wrote; the club keeps its certificates current' }),
  }),
})

const pages = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535).default(8_080).meta({ description: 'where browsers reach head office’s pages' }),
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'must be true for an address that other machines reach without `tls`: passwords go in clear text' }),
    tls: z
      .strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) })
      .optional()
      .meta({ description: 'HTTPS (TLS 1.3) with this certificate (PEM, with its chain) and key' }),
  })
  .refine((p) => p.tls !== undefined || p.insecure || isLoopback(p.host), {
    path: ['host'],
    error:
      'passwords would cross the network in the clear; say `tls:` with a certificate, listen on 127.0.0.1, or `insecure: true`',
  })
export type PagesConfig = z.infer<typeof pages>

const storeEntry = z.strictObject({
  store: name,
  secretFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'a password for the plain port, in a file of its own; without it the box shows a certificate' }),
  name: localised.optional().meta({ description: 'as receipts show it; the store’s id where it is left out' }),
  moneyShown: moneyShown.default('toman'),
  place: place.optional().meta({ description: 'where it is, degrees: for `velocity.twoStores`' }),
})

const clubKeys = z.strictObject({
  club: name.meta({ description: 'the name in topics: vafa/v1/{club}' }),
  listen: listen.default({ host: '127.0.0.1', port: 1883, insecure: false }),
  trust: trust.optional().meta({ description: 'certificates instead of passwords; docs/trust.md' }),
  broker: broker.optional().meta({ description: 'a broker of head office’s instead of the club’s own; docs/mosquitto.md' }),
  database: z
    .union([z.string().min(1), z.strictObject({ postgres })], { error: 'use the path of a file, or `postgres:` with its keys' })
    .default('club.sqlite'),
  watch: watchConfig.optional(),
  tracing: tracingConfig.optional(),
  control: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'the socket by which its operator reaches the club; beside the database where it is left out' }),
  programme: z.string().min(1).optional().meta({ description: 'the rules (YAML); the built-in ones where it is left out' }),
  nextProgramme: z.string().min(1).optional().meta({ description: 'the rules that follow, from their own `inForceFrom`' }),
  segments: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "the chain's own segments of members, and its RFM scores (YAML); RFM by fifths where it is left out" }),
  programmeKeyFile: z.string().min(1).meta({ description: 'the key that programmes are signed with (JSON)' }),
  pepperFile: z.string().min(1).meta({ description: 'the secret that tokens and profiles are stored under' }),
  sealingKeyFile: z.string().min(1).meta({ description: 'the private key that profiles are sealed to (JSON)' }),
  cards: z
    .enum(['any', 'stock'])
    .default('any')
    .meta({ description: 'which cards can become a member’s: any, or those of the club’s own stock (vafa club cards import)' }),
  offline: offlineTerms.optional().meta({
    description: 'what boxes know of their regulars and may give them while the club is away; nothing where it is left out',
  }),
  tokenKey: z
    .strictObject({ keyid: z.string().min(1).max(40), secretFile: z.string().min(1) })
    .optional()
    .meta({ description: 'the key that stores make tokens with; needed to import cards and members' }),
  erasedFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'ids of erased members, for restored backups; beside the database where it is left out' }),
  fleetFolder: z
    .string()
    .min(1)
    .default('fleet')
    .meta({ description: 'what head office gave to boxes: configurations and updates; back it up' }),
  officeFile: z.string().min(1).optional().meta({
    description: 'head office’s users, approvals, audit log and published programmes; beside the database where it is left out',
  }),
  pages: pages.optional().meta({ description: 'head office’s pages; docs/head-office.md' }),
  velocity: velocityConfig.prefault({}),
  limits: z
    .strictObject({
      bytesPerSecond: z.int().min(16_384).default(brokerLimits.bytesPerSecond).meta({
        description:
          'of one store, twice as many at once; four times as many while the club has time; what comes faster is read later',
      }),
      strangersOfAddress: z
        .int()
        .min(4)
        .default(brokerLimits.strangersOfAddress)
        .meta({ description: 'connections from one address that have not logged in yet' }),
    })
    .prefault({}),
  stores: z
    .array(storeEntry)
    .min(1)
    .superRefine((stores, context) => {
      const seen = new Set<string>()
      stores.forEach((one, index) => {
        if (seen.has(one.store))
          context.addIssue({ code: 'custom', path: [index, 'store'], message: `a second store is called ${one.store}` })
        seen.add(one.store)
      })
    }),
})

/** Where the broker is another one it admits certificates, and nobody by a password. */
export const clubConfig = clubKeys.superRefine(({ broker, trust, stores }, context) => {
  if (broker === undefined) return
  if (trust === undefined)
    context.addIssue({ code: 'custom', path: ['broker'], message: 'needs `trust:`: Mosquitto admits certificates of the club' })
  stores.forEach(({ secretFile }, index) => {
    if (secretFile !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['stores', index, 'secretFile'],
        message: 'has no use with `broker:`: Mosquitto admits certificates, and no passwords',
      })
  })
})

/** The club's configuration; every path in it is absolute. */
export type ClubConfig = z.infer<typeof clubConfig>

const builtInProgramme = new URL(import.meta.resolve('#programme/default.yaml')).pathname

/** Reads `club.yaml`; relative paths count from its folder. Throws a `VafaError` that names line and key. */
export function readClubConfig(
  file: string,
): ClubConfig & { programme: string; control: string; erasedFile: string; officeFile: string } {
  const config = readConfig(file, clubConfig)
  const beside = (path: string) => pathBeside(file, path)
  /** What stands beside a database file, and beside the configuration where the books are on a server. */
  const ownFile = typeof config.database === 'string' ? config.database : 'club'
  const serverBeside = ({ passwordFile, tls, ...server }: z.infer<typeof postgres>) => ({
    ...server,
    ...(passwordFile === undefined ? {} : { passwordFile: beside(passwordFile) }),
    ...(tls === undefined ? {} : { tls: tls.caFile === undefined ? {} : { caFile: beside(tls.caFile) } }),
  })
  const tracingBeside = ({ secretFile, caFile, ...tracing }: z.infer<typeof tracingConfig>) => ({
    ...tracing,
    ...(secretFile === undefined ? {} : { secretFile: beside(secretFile) }),
    ...(caFile === undefined ? {} : { caFile: beside(caFile) }),
  })
  return {
    ...config,
    database:
      typeof config.database === 'string' ? beside(config.database) : { postgres: serverBeside(config.database.postgres) },
    control: beside(config.control ?? `${ownFile}.sock`),
    erasedFile: beside(config.erasedFile ?? `${ownFile}.erased`),
    officeFile: beside(config.officeFile ?? `${ownFile}.office`),
    ...(config.pages?.tls === undefined
      ? {}
      : {
          pages: {
            ...config.pages,
            tls: { certFile: beside(config.pages.tls.certFile), keyFile: beside(config.pages.tls.keyFile) },
          },
        }),
    ...(config.tokenKey === undefined
      ? {}
      : { tokenKey: { ...config.tokenKey, secretFile: beside(config.tokenKey.secretFile) } }),
    programme: config.programme === undefined ? builtInProgramme : beside(config.programme),
    ...(config.tracing === undefined ? {} : { tracing: tracingBeside(config.tracing) }),
    ...(config.segments === undefined ? {} : { segments: beside(config.segments) }),
    ...(config.nextProgramme === undefined ? {} : { nextProgramme: beside(config.nextProgramme) }),
    programmeKeyFile: beside(config.programmeKeyFile),
    fleetFolder: beside(config.fleetFolder),
    pepperFile: beside(config.pepperFile),
    sealingKeyFile: beside(config.sealingKeyFile),
    ...(config.trust === undefined ? {} : { trust: { ...config.trust, folder: beside(config.trust.folder) } }),
    ...(config.broker === undefined
      ? {}
      : { broker: { mosquitto: { ...config.broker.mosquitto, files: beside(config.broker.mosquitto.files) } } }),
    stores: config.stores.map(({ secretFile, ...one }) => ({
      ...one,
      ...(secretFile === undefined ? {} : { secretFile: beside(secretFile) }),
    })),
  }
}

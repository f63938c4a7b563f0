import { z } from 'zod'
import { mqttTls } from '#drivers/till-mqtt/options.ts'
import { name } from '#protocol/ids.ts'
import { laneKind } from '#protocol/lane.ts'
import { survey } from '#protocol/lane-page.ts'
import { saleMode } from '#protocol/messages.ts'
import { currency } from '#protocol/money.ts'
import { codePrefix } from '#protocol/rotating-code.ts'
import { verifyingKey } from '#protocol/signing.ts'
import { language, localised } from '#protocol/text.ts'
import { moneyShown } from '#protocol/values.ts'
import { pathBeside } from '#runtime/config.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { tracingConfig } from '#runtime/tracing/config.ts'
import { watchConfig } from '#runtime/watch-server.ts'
import { boxKeyFile } from './sealing/box-key.ts'

/** What the box's own broker is called among its devices. */
export const localBrokerName = 'local-broker'

const secretFile = z.string().min(1).meta({ description: 'a file that holds nothing but the secret' })

const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}, 'is not a time zone; write it as Asia/Tehran')

const club = z
  .strictObject({
    name,
    url: z.url({ protocol: /^mqtts?$/, error: 'must be mqtt://host:port or mqtts://host:port' }).default('mqtt://127.0.0.1:1883'),
    secretFile: secretFile.optional().meta({ description: "the store's password at the club's plain port" }),
    identity: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'the folder of the box’s certificate (vafa gateway enrol makes it); needs mqtts://' }),
    enrolment: z
      .url({ protocol: /^https$/, error: 'must be https://host:port' })
      .optional()
      .meta({ description: 'where the box renews its certificate; port 8884 of the club’s host where it is left out' }),
    insecure: z.boolean().default(false).meta({ description: 'allow mqtt:// over a network: passwords and sales in the clear' }),
  })
  .refine((c) => (c.secretFile === undefined) !== (c.identity === undefined), {
    path: ['secretFile'],
    error: 'say who the box is: by `identity` (a certificate) or by `secretFile` (a password), one of the two',
  })
  .refine((c) => c.identity === undefined || c.url.startsWith('mqtts:'), {
    path: ['url'],
    error: 'a certificate needs mqtts://',
  })
  .refine((c) => c.insecure || c.url.startsWith('mqtts:') || isLoopback(new URL(c.url).hostname), {
    path: ['url'],
    error: 'plain mqtt:// would send the secret and every sale in the clear; use mqtts://, or say `insecure: true`',
  })

const waits = (minMs: number, maxMs: number, defaultMs: number, description: string) =>
  z.int().min(minMs).max(maxMs).default(defaultMs).meta({ description })

/** How long a lane waits for people, milliseconds. */
const timeouts = z.strictObject({
  presentedMs: waits(1_000, 3_600_000, 120_000, 'a tap without a sale is forgotten'),
  saleMs: waits(1_000, 24 * 3_600_000, 30 * 60_000, 'a sale that nobody goes on with leaves the lane'),
  redemptionMs: waits(1_000, 14 * 60_000, 10 * 60_000, 'credit that is held for an unpaid sale is given back'),
  outcomeMs: waits(1_000, 3_600_000, 30_000, 'the outcome of a sale leaves the screen'),
})

const lane = z.strictObject({
  lane: name,
  kind: laneKind.default('checkout').meta({ description: '`kiosk`: nobody works there; customers look up their own account' }),
  page: z.enum(['none', 'loopback', 'paired']).default('none').meta({
    description: 'who may open its page (docs/kiosk.md): nobody, a browser on the box itself, or one that was paired with a code',
  }),
  mode: saleMode.default('live'),
  budgetMs: z.int().min(50).max(30_000).default(1_500).meta({ description: 'how long a customer waits for the club' }),
  receipt: z.strictObject({ via: z.enum(['own', 'till', 'terminal']) }).default({ via: 'own' }),
  timeouts: timeouts.prefault({}),
  earnOnly: z.boolean().default(false).meta({ description: 'a till that cannot ask for a quote before payment' }),
  secretFile: secretFile.optional().meta({ description: "the lane's password at the box's own broker" }),
})
export type LaneConfig = z.infer<typeof lane>

/** Lane, driver and options are checked when the device is started, so that one wrong device stops no store. */
const device = z.strictObject({
  device: name,
  lane: z.string(),
  driver: name,
  options: z.unknown().default({}).meta({ description: "the driver's own" }),
})
export type DeviceConfig = z.infer<typeof device>

const firstRepeated = (names: readonly string[]): number => names.findIndex((n, index) => names.indexOf(n) !== index)

export const gatewayConfig = z
  .strictObject({
    store: name,
    title: localised.optional().meta({ description: "the store's name on receipts made without the club" }),
    club,
    tokenKey: z.strictObject({ keyid: z.string().min(1).max(40), secretFile }),
    codePrefix: z
      .string()
      .min(1)
      .max(40)
      .default(codePrefix)
      .meta({ description: "what the rotating codes of the club's digital cards begin with" }),
    programmeKeys: z
      .array(verifyingKey)
      .max(10)
      .default([])
      .meta({ description: 'public keys of the club: the box takes no programme that none of them signed' }),
    watch: watchConfig.optional(),
    tracing: tracingConfig.optional(),
    database: z.string().min(1).meta({ description: 'a file; it holds sales that the club does not have yet' }),
    databaseKeyFile: z.string().min(1).optional().meta({
      description: 'the key that what is personal in the database is sealed under; beside it where it is left out',
    }),
    control: z.string().min(1).optional().meta({
      description: 'the socket by which `vafa fingers` reaches the running gateway; beside the database where it is left out',
    }),
    timeZone: timeZone.default('Asia/Tehran'),
    language: language.default('fa'),
    currency: currency.default('IRR'),
    moneyShown: moneyShown.default('toman'),
    localBroker: z
      .strictObject({
        host: z.string().default('127.0.0.1'),
        port: z.int().min(0).max(65_535).default(1884),
        insecure: z.boolean().default(false),
        tls: mqttTls.optional(),
      })
      .refine((b) => b.insecure || b.tls || isLoopback(b.host), {
        path: ['host'],
        error:
          'kiosks would send their passwords in the clear over the network; add `tls`, listen on 127.0.0.1, or say `insecure: true`',
      })
      .optional()
      .meta({ description: "the box's own MQTT broker for kiosks and tills" }),
    pages: z
      .strictObject({
        host: z.string().default('127.0.0.1'),
        port: z.int().min(0).max(65_535).default(8_088),
        insecure: z.boolean().default(false),
        tls: mqttTls.optional(),
        survey: survey.optional().meta({ description: 'the question that kiosks ask' }),
        staffPinFile: z.string().min(1).optional().meta({
          description: 'what the PIN of the staff mode is compared with (`vafa gateway pin`); no staff mode where it is left out',
        }),
      })
      .refine((p) => p.insecure || p.tls || isLoopback(p.host), {
        path: ['host'],
        error: 'pages would pass in the clear over the network; add `tls`, listen on 127.0.0.1, or say `insecure: true`',
      })
      .optional()
      .meta({ description: 'the kiosk and the cashier’s screen in a browser (docs/kiosk.md)' }),
    updates: z
      .strictObject({
        keysFile: z
          .string()
          .min(1)
          .default('/etc/vafa/update-keys.json')
          .meta({ description: 'whose signatures count for updates; root’s file' }),
        folder: z.string().min(1).default('updates').meta({ description: 'where packages are brought' }),
        outcomeFile: z
          .string()
          .min(1)
          .default('/var/lib/vafa-update/outcome.json')
          .meta({ description: 'what whoever installs says became of it' }),
        command: z
          .array(z.string().min(1))
          .min(1)
          .max(20)
          .optional()
          .meta({ description: 'installs, where no systemd does (vafa-update.path)' }),
      })
      .optional()
      .meta({ description: 'takes updates from head office (docs/updates.md); none where it is left out' }),
    simulators: z.enum(['training-lanes', 'all-lanes']).default('training-lanes').meta({
      description: 'where `vafa sim` may act; `all-lanes` only while the store has no customers yet (docs/simulators.md)',
    }),
    lanes: z.array(lane).min(1).max(64),
    devices: z.array(device).max(256).default([]),
  })
  .superRefine((config, context) => {
    const report = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const laneNames = config.lanes.map((l) => l.lane)
    const repeatedLane = firstRepeated(laneNames)
    if (repeatedLane >= 0) report(['lanes', repeatedLane, 'lane'], `there are two lanes “${laneNames[repeatedLane]}”`)
    const keyids = config.programmeKeys.map((k) => k.keyid)
    const repeatedKey = firstRepeated(keyids)
    if (repeatedKey >= 0) report(['programmeKeys', repeatedKey, 'keyid'], `there are two keys “${keyids[repeatedKey]}”`)
    const deviceNames = config.devices.map((d) => d.device)
    const repeatedDevice = firstRepeated(deviceNames)
    const asBroker = config.localBroker ? deviceNames.indexOf(localBrokerName) : -1
    if (asBroker >= 0)
      report(['devices', asBroker, 'device'], `“${localBrokerName}” is the box's own broker; choose another name`)
    if (repeatedDevice >= 0)
      report(['devices', repeatedDevice, 'device'], `there are two devices “${deviceNames[repeatedDevice]}”`)
  })
export type GatewayConfig = z.infer<typeof gatewayConfig>

/** Where the running gateway is reached by its operator. */
export const controlPath = ({ control, database }: GatewayConfig): string => control ?? `${database}.sock`

/** Where the database is, and its key; `file`: where the configuration was read from. */
export function diskOf(
  { database, databaseKeyFile }: GatewayConfig,
  { file }: { file: string },
): { path: string; keyFile: string } {
  const path = pathBeside(file, database)
  return { path, keyFile: boxKeyFile(path, { configured: databaseKeyFile && pathBeside(file, databaseKeyFile) }) }
}

/** Whether a simulator may act on a lane: on a training lane always, else where the store says that it has no customers yet. */
export const simulatorsOn = ({ mode }: Pick<LaneConfig, 'mode'>, { simulators }: Pick<GatewayConfig, 'simulators'>) =>
  mode === 'training' || simulators === 'all-lanes' ? ('welcome' as const) : ('refused' as const)

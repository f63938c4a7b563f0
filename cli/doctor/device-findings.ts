import type { DeviceHost, Driver } from '#drivers/contract.ts'
import type { DeviceConfig } from '#gateway/config.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import type { Machine } from '../attached/machine.ts'
import { lookAtPath, openToVafa } from './device-path.ts'
import { apart, type Finding, failed, type Layer, ok, type Said, warning } from './finding.ts'

export interface DevicesToLookAt {
  devices: readonly DeviceConfig[]
  lanes: readonly string[]
  drivers: ReadonlyMap<string, Driver>
  store: string
  beside(path: string): string
  machine: Machine
  /** As the running gateway has them; undefined where none runs, and doctor may open the devices itself. */
  health?: readonly DeviceHealth[]
  /** How long a device may take to open, milliseconds. */
  patienceMs: number
}

/** Each device from its configuration up; one that does not answer is given up after a while. */
export const lookAtDevices = (all: DevicesToLookAt): Promise<Finding[]> =>
  Promise.all(all.devices.map((device) => lookAtDevice(device, all)))

async function lookAtDevice(config: DeviceConfig, all: DevicesToLookAt): Promise<Finding> {
  const { device, driver: kind, options } = config
  const subject = `device ${device}`
  const { drivers, lanes, health, machine } = all
  const wrong = (said: Said) => failed(subject, 'configuration', said, `less docs/devices/${kind}.md`)
  if (!lanes.includes(config.lane))
    return wrong({
      en: `there is no lane “${config.lane}”; there are ${lanes.join(', ')}`,
      fa: `خط فروش ${apart(config.lane)} نیست؛ این‌ها هستند: ${lanes.map(apart).join('، ')}`,
    })
  const driver = drivers.get(kind)
  if (!driver) {
    const kinds = [...drivers.keys()].join(', ')
    const said = {
      en: `there is no driver “${kind}”; there are ${kinds}`,
      fa: `راه‌انداز ${apart(kind)} نیست؛ این‌ها هستند: ${apart(kinds)}`,
    }
    return failed(subject, 'configuration', said, 'vafa devices')
  }
  const parsed = driver.options.safeParse(options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = ['options', ...(issue?.path ?? [])].join('.')
    const why = issue?.message ?? 'invalid'
    return wrong({ en: `${where}: ${why}`, fa: `${apart(where)} درست نیست: ${apart(why)}` })
  }
  const known = health?.find((one) => one.device === device)
  if (known?.status === 'ready') return ok(subject, { en: `${kind} is ready`, fa: `${apart(kind)} آماده است` })
  if (known?.status === 'degraded') return degraded(subject, known.reason)
  const reached = known
    ? new VafaError({ key: known.key ?? 'device.absent', message: known.reason ?? 'it is absent' })
    : undefined
  const error = reached ?? (await openOnce(driver as Driver, parsed.data, device, all))
  if (!error) return ok(subject, { en: `${kind} opens`, fa: `${apart(kind)} باز می‌شود` })
  for (const path of pathsIn(options)) {
    const finding = lookAtPath(subject, path, machine)
    if (finding) return finding
  }
  const layer = layerOf(error, options)
  const en = describe(error)
  return failed(
    subject,
    layer,
    { en, fa: `${troubles[error.key] ?? troubles.other}: ${apart(en)}` },
    commandFor(layer, { kind, options, message: error.message }),
  )
}

const degraded = (subject: string, reason: string | undefined): Finding =>
  warning(subject, 'protocol', {
    en: reason ?? 'it works in part',
    fa: reason === undefined ? 'ناقص کار می‌کند' : `ناقص کار می‌کند: ${apart(reason)}`,
  })

/** What the keys of drivers' errors mean to whoever stands before the device; the driver's own words follow. */
const troubles = {
  'device.absent': 'دستگاه پیدا نشد یا در نشانی خود پاسخ نمی‌دهد',
  'device.ambiguous': 'بیش از یک دستگاه با این تنظیم جور است',
  'device.insecure': 'با این تنظیم راه برای دیگران باز است و پذیرفته نشد',
  'device.denied': 'این کاربر حق بازکردن آن را ندارد',
  'device.busy': 'برنامهٔ دیگری آن را گرفته است',
  'device.gone': 'دستگاه جدا شد',
  'device.lost': 'ارتباط با دستگاه قطع شد',
  'device.hangs': 'باز می‌شود ولی در زمان مقرر پاسخ نمی‌دهد',
  'device.unusable': 'لینوکس آن را در دست دارد ولی به کار این راه‌انداز نمی‌آید',
  'device.silent': 'دستگاه هیچ پاسخی نمی‌دهد',
  'device.stalled': 'دستگاه چیزی از ما نمی‌گیرد',
  'device.garbled': 'آنچه دستگاه می‌گوید فهمیده نمی‌شود: سرعت درگاه یا نوع دستگاه را بررسی کنید',
  'secret.invalid': 'فایل رمز یا کلید درست نیست',
  'secret.short': 'رمز یا کلید کوتاه است',
  'secret.shared': 'دو دستگاه یک رمز دارند',
  'secret.unreadable': 'فایل رمز یا کلید خوانده نمی‌شود',
  'pcsc.absent': 'سرویس کارت‌خوان (pcscd) کار نمی‌کند',
  'pcsc.binding-missing': 'بخش PC/SC نصب نشده است',
  'pcsc.no-reader': 'هیچ کارت‌خوانی وصل نیست',
  other: 'دستگاه باز نشد',
} as const satisfies Record<string, string> as Readonly<Record<string, string>> & { other: string }

const describe = (error: VafaError): string => (error.hint === undefined ? error.message : `${error.message} (${error.hint})`)

/** Opens the device as the gateway would, and lets it go at once; what went wrong, if anything did. */
async function openOnce(
  driver: Driver,
  options: unknown,
  device: string,
  { store, beside, patienceMs }: DevicesToLookAt,
): Promise<VafaError | undefined> {
  const patience = AbortSignal.timeout(patienceMs)
  const memory = new Map<string, string>()
  const host: DeviceHost = {
    device,
    store,
    beside,
    runtime: systemRuntime,
    log: silentLogger,
    signal: patience,
    draw: async () => [],
    warm: () => {},
    memory: { find: (key) => memory.get(key), keep: (key, value) => void memory.set(key, value) },
    event: () => {},
    health: () => {},
  }
  const late = new Promise<never>((_, reject) =>
    patience.addEventListener('abort', () =>
      reject(new VafaError({ key: 'device.hangs', message: `${device} did not answer within ${patienceMs / 1_000} s` })),
    ),
  )
  const connecting = driver.connect(options, host)
  try {
    const connection = await Promise.race([connecting, late])
    await connection.close()
    return undefined
  } catch (error) {
    connecting.then(
      (connection) => connection.close(),
      () => {},
    )
    return error instanceof VafaError ? error : new VafaError({ key: 'device.failed', message: messageOf(error), cause: error })
  }
}

/** Every path of a device in its options, however deep. */
export function pathsIn(options: unknown): string[] {
  if (typeof options === 'string') return options.startsWith('/dev/') ? [options] : []
  if (options === null || typeof options !== 'object') return []
  return Object.values(options).flatMap(pathsIn)
}

const byKey: Readonly<Record<string, Layer>> = {
  'device.absent': 'cable',
  'device.ambiguous': 'configuration',
  'device.insecure': 'configuration',
  'device.denied': 'permission',
  'device.busy': 'port',
  'device.gone': 'cable',
  'device.lost': 'cable',
  'device.unusable': 'kernel-driver',
  'pcsc.absent': 'software',
  'pcsc.binding-missing': 'software',
  'pcsc.no-reader': 'cable',
}

/** The first layer that an error speaks of. */
export function layerOf({ key, message }: VafaError, options: unknown): Layer {
  const [subject] = key.split('.')
  if (subject === 'secret') return 'secret'
  if (subject === 'config') return 'configuration'
  const onNetwork = options !== null && typeof options === 'object' && JSON.stringify(options).includes('"host"')
  if (key === 'device.absent' && onNetwork) return 'network'
  if (key === 'device.absent' && /pcscd/.test(message)) return 'software'
  return byKey[key] ?? 'protocol'
}

/** The command that mends it, or shows more. A device with two ends (a till and its printer) is asked about the one that failed. */
export function commandFor(
  layer: Layer,
  { kind, options, message }: { kind: string; options: unknown; message: string },
): string {
  const [, host, port] = /^(\S+) port (\d+): /.exec(message) ?? []
  const said = host === undefined ? undefined : { host, port: Number(port) }
  // What it may be besides, each device's own page says.
  const page = `less docs/devices/${kind}.md`
  const place =
    said ?? (options === null || typeof options !== 'object' ? undefined : placeIn(options as Record<string, unknown>))
  switch (layer) {
    case 'cable':
      return 'vafa devices'
    case 'network':
      return place?.host === undefined ? page : `ping -c 3 ${place.host}; nc -vz ${place.host} ${place.port ?? ''}`.trimEnd()
    case 'port':
      return place?.port === undefined ? page : `sudo ss -ltnp 'sport = :${place.port}'`
    case 'software':
      return 'sudo apt-get install pcscd && sudo systemctl enable --now pcscd.socket && npm run build:pcsc'
    case 'permission':
      return openToVafa
    default:
      return page
  }
}

/** Host and port wherever they stand in the options. */
function placeIn(options: Record<string, unknown>): { host?: string; port?: number } {
  const { host, port } = options
  const found = { ...(typeof host === 'string' ? { host } : {}), ...(typeof port === 'number' ? { port } : {}) }
  if (found.host !== undefined || found.port !== undefined) return found
  for (const one of Object.values(options)) {
    const deeper = one !== null && typeof one === 'object' ? placeIn(one as Record<string, unknown>) : {}
    if (deeper.host !== undefined || deeper.port !== undefined) return deeper
  }
  return {}
}

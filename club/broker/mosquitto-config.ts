import { clubCommonName } from '#protocol/enrolment.ts'
import { prefixOf } from '#protocol/topics.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { controlTopic } from './mosquitto-sessions.ts'

/** Of aedes in the club, too. */
const packetBytes = 256 * 1024

export interface MosquittoPlan {
  club: string
  /** Absolute; all that Mosquitto reads and writes is there. */
  folder: string
  /** Where boxes connect. */
  boxes: { host: string; port: number }
  /** Where the club does. */
  url: URL
  /** `mosquitto_dynamic_security.so` */
  plugin: string
}

/** A text file of Mosquitto's; `path` counts from the folder. */
export interface PlannedFile {
  path: string
  text: string
}

/** What a store's box may read and write, below its own name, as `storeAccess` says it to the embedded broker. */
const boxRights = [
  ['write', 'requests/+'],
  ['write', 'facts/+'],
  ['readwrite', 'state'],
  ['write', 'devices/+'],
  ['write', 'results/+'],
  ['read', 'replies'],
  ['read', 'commands/+'],
  ['read', 'down/+'],
] as const

/** What the club reads of every store, and what it writes to them. */
const clubReads = ['requests/+', 'facts/+', 'state', 'devices/+', 'results/+'] as const
const clubWrites = ['replies', 'commands/+', 'down/+'] as const

export const clubSubscriptions = (club: string): string[] => clubReads.map((end) => `${prefixOf(club)}/stores/+/${end}`)

/** The files of a Mosquitto 2 that serves one club: boxes at one listener, the club at another. */
export function planMosquitto(plan: MosquittoPlan): PlannedFile[] {
  return [
    { path: 'mosquitto.conf', text: configOf(plan) },
    { path: 'boxes.acl', text: aclOf(plan.club) },
    { path: 'state/dynamic-security.json', text: `${JSON.stringify(clubRights(plan.club), null, 2)}\n` },
    ...unitsOf(plan.folder),
  ]
}

function configOf({ folder, boxes, url, plugin }: MosquittoPlan): string {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // Only certificates of the club's authority, in TLS 1.3; who somebody is comes from the certificate alone.
  const tls = `cafile ${folder}/authority.pem
certfile ${folder}/server.pem
keyfile ${folder}/server-key.pem
crlfile ${folder}/revoked.pem
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
allow_zero_length_clientid false
max_qos 1`
  return `# Mosquitto 2 as the broker of a Vafa club: docs/mosquitto.md. Written by \`vafa club broker-config mosquitto\`.
per_listener_settings true
persistence false
set_tcp_nodelay true
max_packet_size ${packetBytes}
max_inflight_messages 1000
max_queued_messages 20000
sys_interval 0
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information

# Boxes: a certificate's common name is its store; boxes.acl gives each store its own topics.
listener ${boxes.port} ${boxes.host}
max_connections 20000
${tls}
acl_file ${folder}/boxes.acl

# The club. The plugin also ends the sessions of revoked boxes: a list of revoked certificates alone ends none.
listener ${url.port || 8883}${isLoopback(host) ? ` ${host}` : ''}
max_connections 100
${tls}
plugin ${plugin}
plugin_opt_config_file ${folder}/state/dynamic-security.json
`
}

const aclOf = (club: string): string =>
  `# %u is the common name of the box's certificate: its store.
${boxRights.map(([right, end]) => `pattern ${right} ${prefixOf(club)}/stores/%u/${end}`).join('\n')}
`

/** The first state of the plugin, which then keeps the file itself: nobody but the club may anything at its listener. */
function clubRights(club: string) {
  const stores = `${prefixOf(club)}/stores/+`
  const allow = (acltype: string, topic: string) => ({ acltype, topic, priority: 0, allow: true })
  return {
    defaultACLAccess: { publishClientSend: false, publishClientReceive: false, subscribe: false, unsubscribe: false },
    clients: [{ username: clubCommonName(club), roles: [{ rolename: 'club', priority: 0 }] }],
    groups: [],
    roles: [
      {
        rolename: 'club',
        acls: [
          allow('publishClientSend', controlTopic),
          ...clubWrites.map((end) => allow('publishClientSend', `${stores}/${end}`)),
          ...clubReads.flatMap((end) =>
            ['publishClientReceive', 'subscribePattern', 'unsubscribePattern'].map((type) => allow(type, `${stores}/${end}`)),
          ),
        ],
      },
    ],
  }
}

/** What makes Debian's mosquitto.service run with these files, and read them again when the club has changed them. */
const unitsOf = (folder: string): PlannedFile[] => [
  {
    path: 'systemd/mosquitto.service.d/vafa.conf',
    text: `[Service]
ExecStart=
ExecStart=/usr/sbin/mosquitto -c ${folder}/mosquitto.conf
`,
  },
  {
    path: 'systemd/vafa-club.service.d/mosquitto.conf',
    text: `[Service]
ReadWritePaths=${folder}
`,
  },
  {
    path: 'systemd/vafa-mosquitto-reload.path',
    text: `[Unit]
Description=Watches the certificates that the Vafa club keeps for Mosquitto

[Path]
PathChanged=${folder}/revoked.pem
PathChanged=${folder}/server.pem

[Install]
WantedBy=multi-user.target
`,
  },
  {
    path: 'systemd/vafa-mosquitto-reload.service',
    text: `[Unit]
Description=Has Mosquitto read its certificates and the list of revoked ones again
# A store that is shut out now must not wait for the next start of this unit.
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/systemctl reload mosquitto.service
`,
  },
]

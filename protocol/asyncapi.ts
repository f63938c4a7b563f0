import { z } from 'zod'
import { catalogueDown } from './catalogue.ts'
import { configurationOrder } from './configuration.ts'
import { erasedDown } from './erasures.ts'
import { errorCatalogue } from './errors.ts'
import { officeQuestion, officeResponse } from './head-office/envelope.ts'
import { officeErrors } from './head-office/errors.ts'
import { liveAlarms, liveClub, liveEvent, liveStore } from './head-office/live.ts'
import { headOfficeRequests, officeRequestNames } from './head-office/requests.ts'
import { laneScreen, tillRequest, tillResponse } from './lane.ts'
import { laneAccess } from './lane-page.ts'
import { isMessageType, messageSchema, messageTypes } from './messages.ts'
import { regularsDown } from './regulars.ts'
import { reply } from './reply.ts'
import { signedDocument } from './signing.ts'
import { command, commandResult, deviceHealth, keysDown, programmeDown, storeState } from './state.ts'
import { tokenKeysDocument, tokenKeysDown } from './token-keys.ts'
import { updateManifest } from './update.ts'

type Json = Record<string, unknown>

/** `vafa.sale.completed.v1` → `SaleCompleted`. */
const schemaNameOf = (type: string): string =>
  type
    .replace(/^vafa\./, '')
    .replace(/\.v\d+$/, '')
    .split(/[.-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

/** Schemas that are not events, by their names in the documents. */
const otherSchemas = {
  Reply: reply,
  StoreState: storeState,
  DeviceHealth: deviceHealth,
  Command: command,
  CommandResult: commandResult,
  ProgrammeDown: programmeDown,
  ConfigurationDown: signedDocument,
  ConfigurationOrder: configurationOrder,
  UpdateDown: signedDocument,
  UpdateManifest: updateManifest,
  KeysDown: keysDown,
  CatalogueDown: catalogueDown,
  ErasedDown: erasedDown,
  RegularsDown: regularsDown,
  TokenKeysDown: tokenKeysDown,
  TokenKeysDocument: tokenKeysDocument,
  TillRequest: tillRequest,
  TillResponse: tillResponse,
  LaneScreen: laneScreen,
  LaneAccess: laneAccess,
  LiveStore: liveStore,
  LiveClub: liveClub,
  LiveAlarms: liveAlarms,
  LiveEvent: liveEvent,
  OfficeQuestion: officeQuestion,
  OfficeResponse: officeResponse,
}

/** What head office's pages ask: `data` of the question and of the response, by the request's name. */
const officeSchemas = (): Record<string, Json> =>
  Object.fromEntries(
    officeRequestNames.flatMap((name) => {
      const { data, answer } = headOfficeRequests[name]
      const title = schemaNameOf(name)
      return [
        [`Office${title}`, { title: name, ...toJson(data) }],
        [`Office${title}Answer`, { title: `${name}, answered`, ...toJson(answer) }],
      ]
    }),
  )

/** As a table in the document: who may make each, and what its data and its answer look like. */
const officeTable = (schemaBase: string): Json =>
  Object.fromEntries(
    officeRequestNames.map((name) => {
      const { kind, roles, meaning, ...more } = headOfficeRequests[name]
      const second = 'second' in more ? { 'second approval by': more.second } : {}
      const schema = (end: string) => ({ $ref: `${schemaBase}/Office${schemaNameOf(name)}${end}.json` })
      return [name, { kind, meaning, roles, ...second, data: schema(''), answer: schema('Answer') }]
    }),
  )

/**
 * Every message of the wire as JSON Schema (draft 2020-12), by name. Rules across fields (a sale's sums) cannot be said
 * in JSON Schema; docs/protocol.md says them.
 */
export function jsonSchemas(): Record<string, Json> {
  const schemas: Record<string, Json> = {}
  for (const type of Object.keys(messageTypes)) {
    if (isMessageType(type)) schemas[schemaNameOf(type)] = { title: type, ...toJson(messageSchema(type)) }
  }
  for (const [name, schema] of Object.entries(otherSchemas)) schemas[name] = { title: name, ...toJson(schema) }
  return { ...schemas, ...officeSchemas() }
}

const toJson = (schema: z.ZodType): Json => z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as Json

const parameter = (description: string): Json => ({ description })
const storeParameters = {
  club: parameter("the club's name, [a-z0-9-]{1,40}"),
  store: parameter("the store's name, [a-z0-9-]{1,40}"),
}

interface Channel {
  address: string
  description: string
  messages: string[]
  parameters: Record<string, Json>
  /** What the club does with it. */
  club: 'send' | 'receive'
  qos: 0 | 1
  retain: boolean
}

function channels(): Record<string, Channel> {
  const events = Object.entries(messageTypes)
  const named = (kind: 'request' | 'fact') => events.filter(([, d]) => d.class === kind).map(([type]) => schemaNameOf(type))
  const base = 'vafa/v1/{club}/stores/{store}'
  const store = { parameters: storeParameters }
  const withName = (name: string, description: string) => ({ parameters: { ...storeParameters, [name]: parameter(description) } })
  const shard = withName('shard', '00 to 63, from the order key: spreads load, means nothing')
  return {
    requests: {
      address: `${base}/requests/{shard}`,
      description: 'Questions; they lapse at `expiresat` and are never queued.',
      messages: named('request'),
      ...shard,
      club: 'receive',
      qos: 0,
      retain: false,
    },
    facts: {
      address: `${base}/facts/{shard}`,
      description: 'What has happened in the store. Sent until a reply settles it.',
      messages: named('fact'),
      ...shard,
      club: 'receive',
      qos: 1,
      retain: false,
    },
    replies: {
      address: `${base}/replies`,
      description: 'The answers to requests and facts, by the event’s id.',
      messages: ['Reply'],
      ...store,
      club: 'send',
      qos: 1,
      retain: false,
    },
    state: {
      address: `${base}/state`,
      description: 'The store’s state; also its last will.',
      messages: ['StoreState'],
      ...store,
      club: 'receive',
      qos: 1,
      retain: true,
    },
    devices: {
      address: `${base}/devices/{device}`,
      description: 'The health of one device.',
      messages: ['DeviceHealth'],
      ...withName('device', 'the device’s name'),
      club: 'receive',
      qos: 1,
      retain: true,
    },
    commands: {
      address: `${base}/commands/{name}`,
      description: 'Remote hands of head office.',
      messages: ['Command'],
      ...withName('name', 'the command’s name'),
      club: 'send',
      qos: 1,
      retain: false,
    },
    results: {
      address: `${base}/results/{name}`,
      description: 'What became of a command.',
      messages: ['CommandResult'],
      ...withName('name', 'the command’s name'),
      club: 'receive',
      qos: 1,
      retain: false,
    },
    programme: {
      address: `${base}/down/programme`,
      description: 'The programme in force and the next one.',
      messages: ['ProgrammeDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    configuration: {
      address: `${base}/down/configuration`,
      description:
        'The gateway.yaml that the box is to work by: its `document` is a ConfigurationOrder. What became of it stands in the store’s state.',
      messages: ['ConfigurationDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    update: {
      address: `${base}/down/update`,
      description:
        'The version that the box is to run, once its turn has come: its `document` is an UpdateManifest. Empty where head office took it back.',
      messages: ['UpdateDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    keys: {
      address: `${base}/down/keys`,
      description: 'The public key that profiles are sealed to.',
      messages: ['KeysDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    tokenKeys: {
      address: `${base}/down/token-keys`,
      description: 'The key that boxes make tokens with, once it was exchanged: a signed TokenKeysDocument.',
      messages: ['TokenKeysDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    catalogue: {
      address: `${base}/down/catalogue`,
      description: 'The chain’s products; where one message is not enough, further ones on down/catalogue-2 and so on.',
      messages: ['CatalogueDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    erased: {
      address: `${base}/down/erased-1`,
      description: 'Members who asked to be forgotten, for what boxes have of them; further ones on down/erased-2 and so on.',
      messages: ['ErasedDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
    regulars: {
      address: `${base}/down/regulars-0`,
      description:
        'Members who were at this store lately, with what its box may give them while the club is away; further shards on down/regulars-1 to regulars-31. Personal: to be sealed where it rests.',
      messages: ['RegularsDown'],
      ...store,
      club: 'send',
      qos: 1,
      retain: true,
    },
  }
}

/** The lanes' topics stand on the box's own broker, not on the club's. */
function laneChannels(): Record<string, Channel> {
  const base = 'vafa/v1/{club}/stores/{store}/lanes/{lane}'
  const parameters = { ...storeParameters, lane: parameter('the lane’s name') }
  return {
    laneInput: {
      address: `${base}/input`,
      description:
        'What a till or a person at a kiosk does. With `idempotencykey` (1 to 60 characters) beside its fields a request that is sent again is answered again and booked once.',
      messages: ['TillRequest'],
      parameters,
      club: 'receive',
      qos: 1,
      retain: false,
    },
    laneReplies: {
      address: `${base}/replies`,
      description: 'What the lane says to the till.',
      messages: ['TillResponse'],
      parameters,
      club: 'send',
      qos: 1,
      retain: false,
    },
    laneScreen: {
      address: `${base}/screen`,
      description: 'What may be shown at the lane now.',
      messages: ['LaneScreen'],
      parameters,
      club: 'send',
      qos: 1,
      retain: true,
    },
  }
}

/** Head office's pages: MQTT over WebSocket at `/mqtt` of the club's page server. */
function officeChannels(): Record<string, Channel> {
  const base = 'vafa/v1/{club}'
  const { club } = storeParameters
  const live = (what: string, description: string, message: string, parameters: Record<string, Json> = { club }): Channel => ({
    ...{ address: `${base}/live/${what}`, description, messages: [message], parameters },
    ...{ club: 'send', qos: 0, retain: !what.startsWith('events') },
  })
  const session = parameter('the session, as GET /session tells it; a login can use its own alone')
  return {
    liveStores: live('stores/{store}', 'How a store stands, at most twice a second.', 'LiveStore', storeParameters),
    liveClub: live('club', 'How the chain stands; not for logins that are bound to stores.', 'LiveClub'),
    liveAlarms: live('alarms', 'What rules and alarms told last; not for logins that are bound to stores.', 'LiveAlarms'),
    liveEvents: live('events/{store}', 'What happens in a store, while somebody watches it.', 'LiveEvent', storeParameters),
    officeRequests: {
      address: `${base}/hq/sessions/{session}/requests/{name}`,
      description: 'What a page asks or changes; `x-office-requests` tells each by its name.',
      messages: ['OfficeQuestion'],
      parameters: { club, session, name: parameter('the request’s name') },
      ...{ club: 'receive', qos: 1, retain: false },
    },
    officeResponses: {
      address: `${base}/hq/sessions/{session}/responses`,
      description: 'The answers, by the request’s id.',
      messages: ['OfficeResponse'],
      parameters: { club, session },
      ...{ club: 'send', qos: 1, retain: false },
    },
  }
}

function describe(all: Record<string, Channel>, server: string) {
  return {
    channels: Object.fromEntries(
      Object.entries(all).map(([name, c]) => [
        name,
        {
          address: c.address,
          description: c.description,
          servers: [{ $ref: `#/servers/${server}` }],
          parameters: c.parameters,
          messages: Object.fromEntries(c.messages.map((m) => [m, { $ref: `#/components/messages/${m}` }])),
        },
      ]),
    ),
    operations: Object.fromEntries(
      Object.entries(all).map(([name, c]) => [
        `${c.club}-${name}`,
        {
          action: c.club,
          channel: { $ref: `#/channels/${name}` },
          messages: c.messages.map((m) => ({ $ref: `#/channels/${name}/messages/${m}` })),
          bindings: { mqtt: { qos: c.qos, retain: c.retain, bindingVersion: '0.2.0' } },
        },
      ]),
    ),
  }
}

/** The wire as an AsyncAPI 3 document; `schemaBase` is where the JSON Schemas lie beside it. */
export function asyncApi(options: { version: string; schemaBase: string }): Json {
  const club = describe(channels(), 'club')
  const box = describe(laneChannels(), 'box')
  const pages = describe(officeChannels(), 'pages')
  const meanings = new Map(Object.entries(messageTypes).map(([type, d]) => [schemaNameOf(type), { type, ...d }]))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Vafa',
      version: options.version,
      description:
        'What stores and the club say to each other over MQTT 3.1.1. Operations are told from the side of the club (and of the box, for lanes).',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      club: { host: 'localhost:1883', protocol: 'mqtt', protocolVersion: '3.1.1', description: "the club's broker" },
      box: {
        host: 'localhost:1884',
        protocol: 'mqtt',
        protocolVersion: '3.1.1',
        description:
          "the store box's own broker; pages of lanes reach the same topics over a WebSocket, with the ticket of a LaneAccess",
      },
      pages: {
        host: 'localhost:8080',
        pathname: '/mqtt',
        protocol: 'wss',
        protocolVersion: '3.1.1',
        description: "head office's pages: the session as username, a ticket of POST /session as password",
      },
    },
    channels: { ...club.channels, ...box.channels, ...pages.channels },
    operations: { ...club.operations, ...box.operations, ...pages.operations },
    components: {
      messages: Object.fromEntries(
        Object.keys(jsonSchemas())
          .filter((name) => !(name in officeSchemas()))
          .map((name) => {
            const event = meanings.get(name)
            return [
              name,
              {
                name: event?.type ?? name,
                ...(event ? { summary: `${event.class}: ${event.meaning}` } : {}),
                contentType: event ? 'application/cloudevents+json' : 'application/json',
                payload: { $ref: `${options.schemaBase}/${name}.json` },
              },
            ]
          }),
      ),
    },
    'x-error-keys': errorCatalogue,
    'x-office-requests': officeTable(options.schemaBase),
    'x-office-error-keys': officeErrors,
  }
}

import { type Json, schemaNameOf } from './json-schemas.ts'
import { messageTypes } from './messages.ts'

const parameter = (description: string): Json => ({ description })
const storeParameters = {
  club: parameter("the club's name, [a-z0-9-]{1,40}"),
  store: parameter("the store's name, [a-z0-9-]{1,40}"),
}

/** A topic as the AsyncAPI document tells it. */
export interface Channel {
  address: string
  description: string
  messages: string[]
  parameters: Record<string, Json>
  /** What the club does with it. */
  club: 'send' | 'receive'
  qos: 0 | 1
  retain: boolean
}

/** Between a store and the club, on the club's broker. */
export function storeChannels(): Record<string, Channel> {
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
export function laneChannels(): Record<string, Channel> {
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
export function officeChannels(): Record<string, Channel> {
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

import { type Channel, laneChannels, officeChannels, storeChannels } from './channels.ts'
import { errorCatalogue } from './errors.ts'
import { officeErrors } from './head-office/errors.ts'
import { type Json, jsonSchemas, officeSchemas, officeTable, schemaNameOf } from './json-schemas.ts'
import { messageTypes } from './messages.ts'

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
  const club = describe(storeChannels(), 'club')
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

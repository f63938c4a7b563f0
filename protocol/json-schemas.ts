import { z } from 'zod'
import { catalogueDown } from './catalogue.ts'
import { configurationOrder } from './configuration.ts'
import { erasedDown } from './erasures.ts'
import { officeQuestion, officeResponse } from './head-office/envelope.ts'
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

/** A JSON document under construction. */
export type Json = Record<string, unknown>

const toJson = (schema: z.ZodType): Json => z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as Json
/** `vafa.sale.completed.v1` → `SaleCompleted`. */
export const schemaNameOf = (type: string): string =>
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
export const officeSchemas = (): Record<string, Json> =>
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
export const officeTable = (schemaBase: string): Json =>
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

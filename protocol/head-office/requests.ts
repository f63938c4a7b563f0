import type { z } from 'zod'
import type { OfficeRequest } from './ask.ts'
import { memberRequests } from './members.ts'
import { officeRequests } from './office.ts'
import { programmeRequests } from './programmes.ts'
import { quarantineRequests } from './quarantine.ts'
import { reportRequests } from './reports.ts'
import { storeRequests } from './stores.ts'

/** Everything that a page of head office can ask, by the name that stands in the topic. */
export const headOfficeRequests = {
  ...storeRequests,
  ...memberRequests,
  ...programmeRequests,
  ...reportRequests,
  ...quarantineRequests,
  ...officeRequests,
} as const satisfies Readonly<Record<string, OfficeRequest>>

export type OfficeRequestName = keyof typeof headOfficeRequests
export const officeRequestNames = Object.keys(headOfficeRequests) as OfficeRequestName[]

/** What a page sends with a request: defaults may be left out. */
export type OfficeData<Name extends OfficeRequestName> = z.input<(typeof headOfficeRequests)[Name]['data']>
/** The same as the club reads it. */
export type OfficeAsked<Name extends OfficeRequestName> = z.output<(typeof headOfficeRequests)[Name]['data']>
export type OfficeAnswer<Name extends OfficeRequestName> = z.output<(typeof headOfficeRequests)[Name]['answer']>

export const isOfficeRequest = (name: string): name is OfficeRequestName => Object.hasOwn(headOfficeRequests, name)

import { signal } from '@preact/signals'
import type { OfficeRequestName } from '#protocol/head-office/requests.ts'

/** The screens, by their name in the address, each with the request without which it shows nothing. */
export const screens = {
  now: 'stores',
  store: 'store',
  members: 'members',
  member: 'member',
  programme: 'programmes',
  offers: 'report',
  reports: 'report',
  clearing: 'report',
  quarantine: 'quarantine',
  exposure: 'exposure',
  cards: 'card-stock',
  approvals: 'proposals',
  audit: 'audit',
  users: 'users',
} as const satisfies Record<string, OfficeRequestName>
export type ScreenName = keyof typeof screens

export interface Route {
  screen: ScreenName
  /** What the screen is about, such as a store or a member's number. */
  of: string
}

/** The address behind the `#`: the server needs to know nothing of screens. */
function read(): Route {
  const [screen = '', of = ''] = window.location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  return screen in screens ? { screen: screen as ScreenName, of } : { screen: 'now', of: '' }
}

export const route = signal<Route>(read())
window.addEventListener('hashchange', () => {
  route.value = read()
})

export const addressOf = (screen: ScreenName, of = ''): string => `#/${screen}${of === '' ? '' : `/${encodeURIComponent(of)}`}`

export function goTo(screen: ScreenName, of = ''): void {
  window.location.hash = addressOf(screen, of)
}

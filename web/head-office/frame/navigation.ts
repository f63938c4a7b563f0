import type { Localised } from '#protocol/text.ts'
import type { IconName } from '../../shared/icons.tsx'
import type { ScreenName } from '../routes.ts'
import { words } from '../words.ts'

interface Place {
  name: ScreenName
  icon: IconName
  /** Screens that one reaches through it. */
  with?: readonly ScreenName[]
}

/** The screens as people look for them. */
export const navigation: readonly { title: Localised; screens: readonly Place[] }[] = [
  { title: words.operation, screens: [{ name: 'now', icon: 'now', with: ['store'] }] },
  {
    title: words.club,
    screens: [
      { name: 'members', icon: 'members', with: ['member'] },
      { name: 'programme', icon: 'programme' },
      { name: 'offers', icon: 'offers' },
      { name: 'reports', icon: 'reports' },
      { name: 'cards', icon: 'cards' },
    ],
  },
  {
    title: words.books,
    screens: [
      { name: 'clearing', icon: 'clearing' },
      { name: 'exposure', icon: 'exposure' },
      { name: 'quarantine', icon: 'quarantine' },
    ],
  },
  {
    title: words.control,
    screens: [
      { name: 'approvals', icon: 'check' },
      { name: 'audit', icon: 'audit' },
      { name: 'users', icon: 'users' },
    ],
  },
]

import { z } from 'zod'
import type { Localised } from '../text.ts'

/** Who somebody at head office, or at a store's desk, is. A store manager and a cashier may be bound to named stores. */
export const roles = ['administrator', 'marketer', 'store-manager', 'auditor', 'cashier'] as const
export const role = z.enum(roles)
export type Role = z.infer<typeof role>

export const roleNames: Readonly<Record<Role, Localised>> = {
  administrator: { fa: 'مدیر سامانه', en: 'administrator' },
  marketer: { fa: 'بازاریاب', en: 'marketer' },
  'store-manager': { fa: 'مدیر فروشگاه', en: 'store manager' },
  auditor: { fa: 'حسابرس', en: 'auditor' },
  cashier: { fa: 'صندوق‌دار', en: 'cashier' },
}

/** Those who are bound to stores where some are named with their login; the others see the whole chain. */
export const boundToStores: ReadonlySet<Role> = new Set<Role>(['store-manager', 'cashier'])

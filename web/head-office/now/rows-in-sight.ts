import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { useOffice } from '../asking.ts'

/** Tells the office which stores' rows can be seen, or soon will be: half a window around what shows. */
export function useRowsInSight(table: RefObject<HTMLTableElement | null>, stores: readonly string[]): void {
  const office = useOffice()
  const key = stores.join(' ')
  useEffect(() => {
    if (!table.current) return
    const seen = new Set<string>()
    const observer = new IntersectionObserver(
      (rows) => {
        for (const { target, isIntersecting } of rows) {
          const { store = '' } = (target as HTMLTableRowElement).dataset
          if (isIntersecting) seen.add(store)
          else seen.delete(store)
        }
        office.stores.inSight(seen)
      },
      { rootMargin: '50% 0px' },
    )
    for (const row of table.current.querySelectorAll('tr[data-store]')) observer.observe(row)
    return () => {
      observer.disconnect()
      office.stores.inSight(undefined)
    }
  }, [office, table, key])
}

import { useComputed } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { OfficeStore } from '#protocol/head-office/stores.ts'
import { SelectField, TextField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { useOffice } from '../asking.ts'
import { Panel } from '../parts/screen.tsx'
import { StoreList } from './store-list.tsx'
import { StoreMap } from './store-map.tsx'
import { hasTrouble } from './tone.ts'
import { words } from './words.ts'

/** The stores that are looked for, as a list or a map. */
export function StoresPanel({ stores, view }: { stores: readonly OfficeStore[]; view: 'list' | 'map' }) {
  const office = useOffice()
  const [find, setFind] = useState('')
  const [show, setShow] = useState<'all' | 'trouble'>('all')
  const wanted = find.trim().toLowerCase()
  const found = stores.filter((one) => `${one.store} ${one.name.fa} ${one.name.en}`.toLowerCase().includes(wanted))
  // By their names, so that the list is made anew when another store is in trouble, not whenever one says something.
  const troubled = useComputed(() =>
    stores
      .filter(({ store }) => hasTrouble(office.stores.of(store).value))
      .map(({ store }) => store)
      .join(' '),
  )
  const shown = show === 'all' ? undefined : new Set(troubled.value.split(' '))
  const rows = found
    .filter(({ store }) => shown === undefined || shown.has(store))
    .map((store) => ({ store, live: office.stores.of(store.store) }))
  return (
    <>
      <div class="filters">
        <TextField label={say(words.find)} quiet type="search" placeholder={say(words.find)} value={find} onInput={setFind} />
        <SelectField
          label={say(words.show)}
          quiet
          value={show}
          choices={[
            { value: 'all', text: say(words.all) },
            { value: 'trouble', text: say(words.onlyTrouble) },
          ]}
          onChange={setShow}
        />
      </div>
      <Panel>
        {rows.length === 0 ? (
          <Empty title={say(show === 'trouble' && wanted === '' ? words.noTrouble : words.noStores)} />
        ) : view === 'list' ? (
          <StoreList rows={rows} />
        ) : (
          <StoreMap rows={rows} />
        )}
      </Panel>
    </>
  )
}

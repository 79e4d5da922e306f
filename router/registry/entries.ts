/** Providers, models, deployments and rules that were added in the panel, as the JSON that a YAML file would hold. */
import type { StoredRules } from '../core/rules.ts'
import { type Db, readOnlyDatabase } from './database.ts'
import { createSettingsStore, type StoredSettings } from './settings.ts'

export interface StoredRows {
  readonly providers: readonly { readonly name: string; readonly entry: unknown }[]
  readonly models: readonly { readonly name: string; readonly entry: unknown }[]
  readonly deployments: readonly { readonly name: string; readonly model: string; readonly entry: unknown }[]
  readonly rules: StoredRules
  readonly providerChanges: StoredSettings['providerChanges']
  readonly chosenFiles: StoredSettings['chosenFiles']
}

export interface EntryStore {
  providers(): readonly { name: string; entry: unknown }[]
  models(): readonly { name: string; entry: unknown }[]
  deployments(): readonly { name: string; model: string; entry: unknown }[]
  putProvider(name: string, entry: unknown): void
  putModel(name: string, entry: unknown): void
  putDeployment(name: string, model: string, entry: unknown): void
  /** True when there was one. */
  remove(table: 'provider' | 'model' | 'deployment', name: string): boolean
}

/** What the panel added, read beside a running router or without one. Throws where the file is no registry. */
export function readStoredRows(file: string): StoredRows {
  const db = readOnlyDatabase(file)
  try {
    const entries = createEntryStore(db, () => 0)
    const { get } = createSettingsStore(
      db,
      () => 0,
      () => {},
    )
    return {
      providers: entries.providers(),
      models: entries.models(),
      deployments: entries.deployments(),
      rules: get('rules'),
      providerChanges: get('providerChanges'),
      chosenFiles: get('chosenFiles'),
    }
  } finally {
    db.close()
  }
}

export function createEntryStore(db: Db, now: () => number): EntryStore {
  const parse = <Row extends { entry: string }>(rows: readonly Row[]) => rows.map((row) => ({ ...row, entry: JSON.parse(row.entry) as unknown }))
  const remove = {
    provider: db.prepare('delete from provider where name = ?'),
    model: db.prepare('delete from model where name = ?'),
    deployment: db.prepare('delete from deployment where name = ?'),
  }
  return {
    providers: () => parse(db.prepare('select name, entry from provider order by created_at').all() as { name: string; entry: string }[]),
    models: () => parse(db.prepare('select name, entry from model order by created_at').all() as { name: string; entry: string }[]),
    deployments: () =>
      parse(db.prepare('select name, model, entry from deployment order by created_at').all() as { name: string; model: string; entry: string }[]),
    putProvider: (name, entry) =>
      void db.prepare('insert or replace into provider (name, entry, created_at) values (?, ?, ?)').run(name, JSON.stringify(entry), now()),
    putModel: (name, entry) =>
      void db.prepare('insert or replace into model (name, entry, created_at) values (?, ?, ?)').run(name, JSON.stringify(entry), now()),
    putDeployment: (name, model, entry) =>
      void db
        .prepare('insert or replace into deployment (name, model, entry, created_at) values (?, ?, ?, ?)')
        .run(name, model, JSON.stringify(entry), now()),
    remove: (table, name) => remove[table].run(name).changes > 0,
  }
}

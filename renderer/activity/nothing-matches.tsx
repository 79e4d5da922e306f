/** No row passes the filters: says so, and takes them away. */
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { strings } from '../strings/index.ts'

export function NothingMatches({ onClear }: { readonly onClear: () => void }) {
  return (
    <EmptyState title={strings.activity.noneTitle} text={strings.activity.noneText}>
      <Button kind="primary" onPress={onClear}>
        {strings.activity.clearFilters}
      </Button>
    </EmptyState>
  )
}

package account

import "slices"

// Overview returns all accounts, as [Store.Accounts] does, and what they were handed to, by the ID of the account and the
// oldest first, as [Store.Handovers] does. It reads the index once, whatever the number of accounts.
func (s *Store) Overview() (accounts []Account, handovers map[string][]Handover, err error) {
	known := make(map[string]bool)
	handovers = make(map[string][]Handover)
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return nil, nil, err
		}
		accounts = slices.Grow(accounts, len(index.Accounts))
		for _, e := range index.Accounts {
			if id := e.Value.ID; !known[id] {
				known[id] = true
				accounts = append(accounts, e.Value.Account)
			}
		}
		for _, h := range index.Handovers {
			handovers[h.Value.AccountID] = append(handovers[h.Value.AccountID], h.Value)
		}
	}
	sortAccounts(accounts)
	for _, handed := range handovers {
		slices.SortStableFunc(handed, func(a, b Handover) int { return a.At.Compare(b.At) })
	}
	return accounts, handovers, nil
}

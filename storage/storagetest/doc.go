// Package storagetest is the exam that every storage backend passes.
//
//	func TestStore(t *testing.T) {
//		storagetest.Run(t, func(t *testing.T) storagetest.Backend {
//			return storagetest.Backend{Open: func(t *testing.T) storage.Store { return memstore.New() }}
//		})
//	}
//
// The cases run in parallel, each on a store of its own, which the exam closes. Nothing in it
// depends on how fast the backend is: times that have to pass are waited for, and what has to happen is waited for long.
package storagetest

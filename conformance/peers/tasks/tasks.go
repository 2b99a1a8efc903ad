// Package tasks compares this library with others, task by task. Each folder
// has every task as one function of the same name, in a file of its own, on one
// library. The test runs all of them on the same input, holds them to the same
// result, counts their lines, and keeps the page ../TASKS.md:
//
//	go test ./tasks            # from conformance/peers
//	go test ./tasks -update    # write the page again
package tasks

// Cannot is the error of a task that a library can't do: why, in one sentence.
type Cannot string

func (c Cannot) Error() string { return string(c) }

// Payment is the struct of one's own that ReadPayment fills.
type Payment struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Order    int64  `json:"order"`
}

package vectors

//go:generate go run ./gen

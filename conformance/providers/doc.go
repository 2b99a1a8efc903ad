// Package providers plays eight payment APIs that use compact JOSE, each from
// both ends: a client, built on package jose as an integration is, and a
// server, which plays the provider by its published rules. The tests let one
// talk to the other over HTTP on loopback, and give both the tokens that the
// providers' own sample code made.
//
//	nuapay.go         a detached RS256 signature beside the raw body
//	jpmorgan.go       an RS256 signature around the body, over mutual TLS
//	2checkout.go      an HS512 JWT in a header, under a short secret word
//	wise.go           ES512 both ways, and a public key that is fetched
//	juspay.go         RS256 inside of RSA-OAEP out and RSA-OAEP-256 back, and webhooks
//	ukopenbanking.go  a detached RS256 signature both ways, with URLs for names in crit
//	truelayer.go      a detached ES512 signature over method, path, headers and body, and webhooks
//	unionpay.go       a detached RS256 signature, with the path and the time among its critical members
//	http.go           what all of them have in common
//
// Each of the eight is to be read on its own: first what is special about the
// provider, then the client, then the server.
//
// # What it knows
//
// The formats and rules are those of the providers' public pages and samples,
// as package vectors cites them. Where pages disagree, a server takes what any
// of them says, and a client sends what one of them does. There is one call of
// each API: enough for a signed request, its answer and its refusals. What an
// answer says of the money is invented.
//
// A server says in its answer which check refused a request, so that a test can
// tell that it was the right one. Providers do not, and for what is encrypted
// RFC 7516, Section 11.5 forbids it: the servers are for tests, and no model of
// one that faces the Internet.
//
// # What comes again
//
// That a signature holds does not say that a message is new. What there is for
// that, each provider has its own:
//
//	nuapay.go         nothing; "iat" may be 0
//	jpmorgan.go       nothing; the header has "alg" alone
//	2checkout.go      a token expires, and goes with any request until then
//	wise.go           nothing; "url" says where, and not when
//	juspay.go         "iat" outside of the signature, for the caller to compare
//	ukopenbanking.go  the time, for five minutes; an answer repeats what was asked for
//	truelayer.go      Idempotency-Key, which is signed; the time of a webhook, for 72 hours
//	unionpay.go       a number, and the time, for 300 seconds either way
//
// Where it says nothing, the content has to tell, and package jose does not look
// at it. The servers and verifiers keep what they have seen in memory.
//
// # What it may import
//
// A server reads and writes tokens with crypto/... and encoding/... alone, so
// that no mistake of package jose meets itself on the other side. A client
// leaves that to package jose. Besides these two there is the rest of the
// standard library, and nothing else: keys and tokens of the corpus are given by
// the tests. A test holds the files to this.
//
// # What comes from outside
//
// Both ends take the other for hostile. A body is refused when it is larger than
// 1 MiB, a call ends after 30 seconds, a client follows no redirect, and what
// does not parse is an error. How long a server waits is for the http.Server
// around it to say. Errors of package jose are wrapped, so that their class is
// there for errors.Is.
package providers

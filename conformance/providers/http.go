package providers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	maxBody     = 1 << 20          // octets of a request or an answer
	callTimeout = 30 * time.Second // of one request and its answer
)

// An answer is what a server answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// expect returns an error if the answer has another status, or another media
// type where one is given. It cites the answer, since that is where a provider
// says what it refuses, and not too much of it.
func (a *answer) expect(status int, mediaType string) error {
	if a.status != status {
		return fmt.Errorf("answered with status %d where %d is due: %.200q", a.status, status, a.body)
	}
	if got := a.header.Get("Content-Type"); mediaType != "" && got != mediaType {
		return fmt.Errorf("answered with the media type %.200q where %s is due", got, mediaType)
	}
	return nil
}

// send sends a request with these headers, given in pairs, of which a later one
// replaces an earlier, and reads the answer. It follows no redirect: a request
// is signed for, and its credentials are meant for, one address. Without a
// client it is http.DefaultClient.
func send(ctx context.Context, client *http.Client, method, address, body string, headers ...string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if client == nil {
		client = http.DefaultClient
	}
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := direct.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxBody {
		return nil, fmt.Errorf("the answer has more than %d octets", maxBody)
	}
	return &answer{response.StatusCode, response.Header, string(content)}, nil
}

// A refusal is why a server refuses a request: the name of the check.
type refusal string

func (r refusal) Error() string { return string(r) }

// serve reads the body of a request and hands it to handle. A refusal is
// answered with 401 and its name. Another error is none of the client's doing,
// and none of its business.
func serve(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request, []byte) error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		status := http.StatusBadRequest
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	err = handle(w, r, body)
	var refused refusal
	switch {
	case errors.As(err, &refused):
		http.Error(w, string(refused), http.StatusUnauthorized)
	case err != nil:
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// segments splits a JWS by hand and decodes it (RFC 7515, Section 5.2, steps 1
// to 7). The payload is not to be looked at before the signature holds.
func segments(token string) (header, payload, signature []byte, err error) {
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 3 {
		return nil, nil, nil, refusal("segments")
	}
	header, err1 := decodeSegment(parts[0])
	payload, err2 := decodeSegment(parts[1])
	signature, err3 := decodeSegment(parts[2])
	return header, payload, signature, cmp.Or(err1, err2, err3)
}

// decodeSegment decodes base64url by hand. Strict still skips line breaks, and
// RFC 7515, Section 2 allows none.
func decodeSegment(text string) ([]byte, error) {
	octets, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, refusal("base64url")
	}
	return octets, nil
}

// signingInput returns what the signature of a JWS is for: all that stands
// before the last period (RFC 7515, Section 5.1, step 5).
func signingInput(token string) []byte {
	return []byte(token[:max(0, strings.LastIndexByte(token, '.'))])
}

// readJSON reads JSON that has no members but those of v, and nothing after it.
func readJSON(content []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something after the JSON")
	}
	return nil
}

// nonempty returns an error for the first of these that is empty. They are given
// in pairs, of a name and a value. What is compared with an empty string is what
// everybody can send.
func nonempty(provider string, pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fmt.Errorf("%s: %s is empty", provider, pairs[i])
		}
	}
	return nil
}

// noEmptyKeyID returns an error if one of the keys goes by an empty "kid", as if
// a token that names no key meant it.
func noEmptyKeyID[K any](provider string, keys map[string]K) error {
	if _, ok := keys[""]; ok {
		return fmt.Errorf("%s: a key without a kid", provider)
	}
	return nil
}

// onceOnly keeps what may come once, each until it could not be taken anyhow. Its
// zero value is ready. It is safe for concurrent use.
type onceOnly struct {
	mu   sync.Mutex
	kept map[string]time.Time // until when
}

// take tells whether something comes for the first time, and keeps it until the
// time that is given.
func (o *onceOnly) take(what string, until, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for other, until := range o.kept {
		if !now.Before(until) {
			delete(o.kept, other)
		}
	}
	if _, known := o.kept[what]; known {
		return false
	}
	if o.kept == nil {
		o.kept = make(map[string]time.Time)
	}
	o.kept[what] = until
	return true
}

// An idempotency keeps what was answered under the idempotency keys of senders.
// Its zero value is ready. It is safe for concurrent use.
type idempotency struct {
	mu   sync.Mutex
	kept map[[2]string]idempotent // by sender and key
}

type idempotent struct {
	request [sha256.Size]byte
	content []byte
	until   time.Time
}

// do returns what make returns, or what it returned when the key came for the
// first time from this sender: a request that is sent again is done once. A key
// that comes again with another request is refused. An error is not kept.
func (i *idempotency) do(
	sender, key string, request []byte, until, now time.Time, make func() ([]byte, error),
) ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for name, other := range i.kept {
		if !now.Before(other.until) {
			delete(i.kept, name)
		}
	}
	digest, name := sha256.Sum256(request), [2]string{sender, key}
	if before, known := i.kept[name]; known {
		if before.request != digest {
			return nil, refusal("another request under this idempotency key")
		}
		return before.content, nil
	}
	content, err := make()
	if err != nil {
		return nil, err
	}
	if i.kept == nil {
		i.kept = map[[2]string]idempotent{}
	}
	i.kept[name] = idempotent{digest, content, until}
	return content, nil
}

// sameSecret compares credentials in constant time.
func sameSecret(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

package providers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// answering starts a server that answers every request so.
func answering(t testing.TB, status int, mediaType, body string) *httptest.Server {
	return start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
}

func TestSendBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		size int
		good bool
	}{{0, true}, {maxBody, true}, {maxBody + 1, false}, {2 * maxBody, false}} {
		server := answering(t, http.StatusOK, "text/plain", strings.Repeat("a", test.size))
		answer, err := send(t.Context(), nil, "GET", server.URL, "")
		if (err == nil) != test.good || test.good && len(answer.body) != test.size {
			t.Errorf("an answer of %d octets: error %v", test.size, err)
		}
	}
}

// A redirect would take the signed request and the credentials elsewhere.
func TestSendFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := &recorder{Handler: http.NotFoundHandler()}
	there := start(t, elsewhere)
	for _, status := range []int{301, 302, 303, 307, 308} {
		here := start(t, http.RedirectHandler(there.URL, status))
		answer, err := send(t.Context(), nil, "POST", here.URL, "body", "merchant-token", "a secret")
		if err != nil || answer.status != status || answer.expect(http.StatusOK, "") == nil {
			t.Errorf("%d: got %v, error %v", status, answer, err)
		}
	}
	if n, _ := elsewhere.count("POST"); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
	if http.DefaultClient.CheckRedirect != nil {
		t.Error("the client that was given was changed")
	}
}

// A server that does not answer holds nobody longer than the caller says.
func TestSendEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if answer, err := send(ctx, nil, "GET", server.URL, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, error %v", answer, err)
	}
}

// What a server says is cited, on one line and not at any length.
func TestExpect(t *testing.T) {
	t.Parallel()
	a := &answer{status: 500, header: http.Header{"Content-Type": {"text/html"}}, body: "<h1>\n" + strings.Repeat("a", maxBody)}
	if err := a.expect(500, "text/html"); err != nil {
		t.Error(err)
	}
	if err := a.expect(500, ""); err != nil {
		t.Error(err)
	}
	for _, err := range []error{a.expect(200, ""), a.expect(200, "text/html"), a.expect(500, "application/json")} {
		if err == nil || len(err.Error()) > 300 || strings.Contains(err.Error(), "\n") {
			t.Errorf("got error %v", err)
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, func(w http.ResponseWriter, _ *http.Request, body []byte) error {
			switch {
			case len(body) == 1:
				return refusal("size")
			case len(body) == 2:
				return errors.New("something that is nobody's business")
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		})
	}))
	for _, test := range []struct {
		size, status int
		body         string
	}{
		{0, http.StatusNoContent, ""},
		{1, http.StatusUnauthorized, "size"},
		{2, http.StatusInternalServerError, "Internal Server Error"},
		{maxBody, http.StatusNoContent, ""},
		{maxBody + 1, http.StatusRequestEntityTooLarge, "Request Entity Too Large"},
	} {
		answer, err := send(t.Context(), nil, "POST", server.URL, strings.Repeat("a", test.size))
		isAnswer(t, answer, err, test.status, test.body)
	}
	// A body that does not come to its end.
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("a"), failing{}))
	w := httptest.NewRecorder()
	server.Config.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("answered %d", w.Code)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestSegments(t *testing.T) {
	t.Parallel()
	header, payload, signature, err := segments("YQ.YmI.Y2Nj")
	if err != nil || string(header) != "a" || string(payload) != "bb" || string(signature) != "ccc" {
		t.Errorf("got %s, %s, %s, error %v", header, payload, signature, err)
	}
	if input := signingInput("YQ.YmI.Y2Nj"); string(input) != "YQ.YmI" {
		t.Errorf("the signing input is %s", input)
	}
	for _, test := range []struct {
		token  string
		reason refusal
	}{
		{"", "segments"},
		{"YQ.YmI", "segments"},
		{"YQ.YmI.Y2Nj.YQ", "segments"},
		{strings.Repeat(".", maxBody), "segments"},
		{"YQ==.YmI.Y2Nj", "base64url"},   // padding
		{"YQ.YmI=.Y2Nj", "base64url"},    // padding
		{"YR.YmI.Y2Nj", "base64url"},     // a bit that is not used
		{"YQ.YmI.Y2N", "base64url"},      // another
		{"YQ.Y.Y2Nj", "base64url"},       // a length that can't be
		{"YQ.+/+/.Y2Nj", "base64url"},    // the other alphabet
		{"YQ.Y mI.Y2Nj", "base64url"},    // white space
		{"Y\nQ.YmI.Y2Nj", "base64url"},   // a line break, which encoding/base64 skips
		{"YQ.YmI\r.Y2Nj", "base64url"},   // another
		{"YQ.YmI.Y2Nj\r\n", "base64url"}, // and at the end
	} {
		if _, _, _, err := segments(test.token); err != test.reason {
			t.Errorf("%.20q: error %v", test.token, err)
		}
	}
}

func TestReadJSON(t *testing.T) {
	t.Parallel()
	var v struct{ A int }
	if err := readJSON([]byte(" {\"a\": 7}\n"), &v); err != nil || v.A != 7 {
		t.Errorf("got %v, error %v", v, err)
	}
	for _, text := range []string{"", "{", `{"a":"7"}`, `{"a":7,"b":8}`, `{"a":7}{}`, `{"a":7}]`, `{"a":7} x`, `[]`} {
		if err := readJSON([]byte(text), &v); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

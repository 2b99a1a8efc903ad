package providers

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"example.com/jose"
)

// J.P. Morgan: the body of a request is a JWS of the JSON, sent as
// application/jose or as text/xml over TLS with certificates on both sides. The
// header has "alg" and nothing else; the key of the signature is not that of
// the connection. Nothing says when or to whom a payment was signed: that it is
// no old one sent again is for the receiver, by EndToEndID.

// A JPMorganClient signs payments and sends them. It is safe for concurrent
// use.
type JPMorganClient struct {
	http    *http.Client
	address string
	signer  *jose.Signer
}

// NewJPMorganClient returns a client of the API at address. The connection's
// certificate is for TLS, and servers are whom it may talk to; the file has the
// private key that signs payments, for which the bank has another certificate.
func NewJPMorganClient(address string, connection tls.Certificate, servers *x509.CertPool, file []byte) (*JPMorganClient, error) {
	key, err := jose.ParsePrivateKey(file) // as the bank's steps make it, bare DER of PKCS #8
	if err != nil {
		return nil, err
	}
	signer, err := key.Signer(jose.RS256) // and no option, so that the header has "alg" alone
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{connection}, RootCAs: servers},
	}}
	return &JPMorganClient{http: client, address: address, signer: signer}, nil
}

// Pay sends a payment, which is JSON, and returns the answer, which is not
// signed: that it is the bank's rests on TLS.
func (c *JPMorganClient) Pay(ctx context.Context, payment []byte) ([]byte, error) {
	token, err := c.signer.Sign(payment)
	if err != nil {
		return nil, fmt.Errorf("jpmorgan: %w", err)
	}
	answer, err := c.send(ctx, "application/jose", token)
	if err == nil {
		err = answer.expect(http.StatusOK, "")
	}
	if err != nil {
		return nil, fmt.Errorf("jpmorgan: %w", err)
	}
	return []byte(answer.body), nil
}

// Close closes the connections that are idle.
func (c *JPMorganClient) Close() { c.http.CloseIdleConnections() }

// send sends a signed payment.
func (c *JPMorganClient) send(ctx context.Context, contentType, token string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.address, token, "Content-Type", contentType)
}

// A JPMorganServer is J.P. Morgan's side. It answers with the payment's
// EndToEndID.
type JPMorganServer struct {
	transport *x509.Certificate
	signing   *rsa.PublicKey
}

// NewJPMorganServer returns a server that knows one client, by the certificates
// that it showed when it was registered: one for TLS, one for signatures.
func NewJPMorganServer(transport, signing *x509.Certificate) (*JPMorganServer, error) {
	if transport == nil || signing == nil {
		return nil, errors.New("jpmorgan: a certificate is missing")
	}
	key, ok := signing.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("jpmorgan: the certificate for signatures has no RSA key")
	}
	return &JPMorganServer{transport: transport, signing: key}, nil
}

// TLSConfig returns the settings of a server that shows this certificate, and
// lets nobody in without one that is among, or is issued by, those of clients.
func (s *JPMorganServer) TLSConfig(certificate tls.Certificate, clients *x509.CertPool) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
	}
}

func (s *JPMorganServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *JPMorganServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || !r.TLS.PeerCertificates[0].Equal(s.transport) {
		return refusal("client certificate")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/jose" && media != "text/xml" {
		return refusal("content type")
	}
	payload, err := s.verify(string(body))
	if err != nil {
		return err
	}
	var request struct {
		Payments struct {
			PaymentIdentifiers struct{ EndToEndID string }
		}
	}
	if err := json.Unmarshal(payload, &request); err != nil {
		return refusal("payload")
	}
	_, err = io.WriteString(w, request.Payments.PaymentIdentifiers.EndToEndID)
	return err
}

// verify checks a request by hand: RFC 7518, Section 3.3.
func (s *JPMorganServer) verify(token string) ([]byte, error) {
	header, payload, signature, err := segments(token)
	if err != nil {
		return nil, err
	}
	if string(header) != `{"alg":"RS256"}` {
		return nil, refusal("header")
	}
	digest := sha256.Sum256(signingInput(token))
	if rsa.VerifyPKCS1v15(s.signing, crypto.SHA256, digest[:], signature) != nil {
		return nil, refusal("signature")
	}
	return payload, nil
}

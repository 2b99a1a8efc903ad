// Package this has the tasks as they are done with this module's package jose.
package this

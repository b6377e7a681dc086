package provider

// MediaWiki returns the service of a wiki.
func MediaWiki(identify, issuer string) Service { return mediaWiki{identify: identify, issuer: issuer} }

// Photobucket returns the service at this address.
func Photobucket(api string) Service { return photobucket{api: api} }

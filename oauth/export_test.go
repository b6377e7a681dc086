package oauth

// What the fuzz targets and the benchmark look at directly.
var (
	AppendEscaped    = appendEscaped
	EncodeForm       = encodeForm
	ParseCredentials = parseCredentials
	RedactBody       = redactBody
)

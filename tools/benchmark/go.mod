module photolink/benchmark

go 1.26.0

require (
	github.com/dghubble/oauth1 v0.7.3
	github.com/mrjones/oauth v0.0.0-20190623134757-126b35219450
	photolink v0.0.0
)

replace photolink => ../..

# "Connect a number to a flow", curl -d.
curl -X POST https://<your_api_key>:<your_api_token><subdomain>/v1/Accounts/<your_sid>/Calls/connect \
  -d "From=XXXXX30240" \
  -d "CallerId=0XXXXXX4890" \
  -d "Url=http://my.exotel.com/Exotel/exoml/start_voice/926"
